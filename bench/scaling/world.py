"""What a trace is made of: arrivals, consumers, downstream, pods, group, faults. Plain data.

Made by `bench.scaling.traces` and `random_traces`, played by `simulation`. Nothing is decided and nothing moves here.
Times are in seconds of simulated time, work is in units: a message costs one unit where a trace does not say otherwise.
"""

import math
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from photo_operator.components.catalog import SCALED, Component

TICKS_PER_SECOND = 10  # events fall on tenths of a second
PARTITIONS = 32  # of `posts.created`, the topic that feeds the fan-out
(FANOUT,) = [worker for worker in SCALED if worker.component is Component.FANOUT]
DRAIN_TARGET_SECONDS = FANOUT.drain_target_seconds
WORKER_GRACE_SECONDS = float(FANOUT.grace_seconds)


class Arrivals(StrEnum):
    """How the messages of a second are counted."""

    EXACT = "exact"  # the rate, rounded so that nothing is lost over time
    POISSON = "poisson"  # drawn, with the rate as its mean


class GroupProtocol(StrEnum):
    """What a consumer group does when a member comes or goes."""

    EAGER = "eager"  # every partition stops, then all are given out anew
    COOPERATIVE = "cooperative"  # moved partitions stop, in one barrier of the whole group (KIP-429)
    KIP848 = "kip848"  # each member takes over what is moved to it at its own next heartbeat


# Seconds that partitions stop: with the eager protocol KEDA's users report ten and more (kedacore/keda#2401); with the
# cooperative one what is moved waits for a second join, which members learn of by a heartbeat (KIP-429; consumers'
# heartbeat.interval.ms is 3,000); with KIP-848 it waits for its new member's next heartbeat, hence at most one
# group.consumer.heartbeat.interval.ms, which brokers ship as 5,000.
PAUSE_SECONDS: Mapping[GroupProtocol, float] = {
    GroupProtocol.EAGER: 10.0,
    GroupProtocol.COOPERATIVE: 3.0,
    GroupProtocol.KIP848: 5.0,
}


class FaultKind(StrEnum):
    """What goes wrong in an interval; `value` of a fault says how much."""

    SLOW_CONSUMERS = "slow consumers"  # every worker does `value` times what it did
    STUCK_PARTITION = "stuck partition"  # partition number `value` makes no progress
    BROKER_LOST_BUFFERED = "broker lost, producers buffer"  # nothing is consumed; arrivals come when it is back
    BROKER_LOST_REFUSED = "broker lost, producers are refused"  # nothing is consumed, nothing arrives
    OFFSETS_MISSING = "offsets missing"  # they cannot be read
    OFFSETS_STALE = "offsets stale"  # those of the beginning are read again and again
    OFFSETS_NEGATIVE = "offsets negative"  # committed runs ahead of produced by `value` messages a partition
    OFFSETS_ABSURD = "offsets absurd"  # produced is too large by `value` messages a partition


class Fault(Struct, frozen=True):
    """Something that is wrong from second `begin` until second `end`."""

    kind: FaultKind
    begin: int
    end: int
    value: float = 0.0


class Work(Struct, frozen=True):
    """Units that a message costs: log-normal with this median; with sigma 0 every message costs the median."""

    median: float = 1.0
    sigma: float = 0.0
    most: float = math.inf

    @property
    def mean(self) -> float:
        """What a message costs on average, if hardly any is cut off at the most."""
        return self.median * math.exp(self.sigma**2 / 2)


class Service(Struct, frozen=True):
    """What one worker does: units a second, give or take shares of it: `spread` from pod to pod, `jitter` in a second.

    A batch is what is finished and committed together, hence what is under way when a pod has to end.
    """

    rate: float = 20.0
    spread: float = 0.03
    jitter: float = 0.1
    batch_messages: int = 10
    work: Work = Work()


class Downstream(Struct, frozen=True):
    """What the workers write to: units a second that it carries, and how it suffers past that.

    Of a demand d times the limit, limit / (1 + contention * (d - 1)) gets through: with contention above 0 more workers
    get less done (kedacore/keda#7092).
    """

    limit: float = math.inf
    contention: float = 0.0
    latency_seconds: float = 0.005


class Pods(Struct, frozen=True):
    """A Deployment's pods: seconds from creation to readiness, give or take `start_noise`, and seconds of grace."""

    start_seconds: float = 4.0
    start_noise: float = 1.5
    grace_seconds: float = WORKER_GRACE_SECONDS


class Group(Struct, frozen=True):
    """A consumer group: how it rebalances, and the seconds that this stops partitions."""

    protocol: GroupProtocol = GroupProtocol.KIP848
    pause_seconds: float = PAUSE_SECONDS[GroupProtocol.KIP848]


class Bounds(Struct, frozen=True):
    """How few and how many workers a scaler may ask for."""

    min: int = 1
    max: int = PARTITIONS


class Trace(Struct, frozen=True):
    """One course of events: `rates` are messages a second of the whole topic, one for each second.

    `weights` are the shares of the partitions, of which only the proportions count. `replicas` are ready at the
    beginning. Everything that is drawn follows from `seed`.
    """

    name: str
    rates: tuple[float, ...]
    weights: tuple[float, ...] = (1.0,) * PARTITIONS
    arrivals: Arrivals = Arrivals.POISSON
    service: Service = Service()
    downstream: Downstream = Downstream()
    pods: Pods = Pods()
    group: Group = Group()
    faults: tuple[Fault, ...] = ()
    bounds: Bounds = Bounds()
    drain_target_seconds: int = DRAIN_TARGET_SECONDS
    replicas: int = 1
    seed: int = 1

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return len(self.rates)

    @property
    def partitions(self) -> int:
        """How many the topic has."""
        return len(self.weights)


def build_group(protocol: GroupProtocol) -> Group:
    """Return a group that stops as long as its protocol is known to."""
    return Group(protocol, PAUSE_SECONDS[protocol])


def to_ticks(seconds: float) -> int:
    """Return the nearest number of ticks."""
    return round(seconds * TICKS_PER_SECOND)
