"""The parts of a trace as plain data: arrivals, consumers, downstream, pods, group, faults.

Built by `bench.scaling.traces` and `random_traces`, used by `simulation`. Times are seconds of simulated time. Work is
in units: a message costs one unit unless the trace says otherwise.
"""

import math
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from photo_operator.components.catalog import SCALED, Component

TICKS_PER_SECOND = 10  # events happen at tenths of a second
PARTITIONS = 32  # of `posts.created`, the topic that feeds the fan-out
(FANOUT,) = [worker for worker in SCALED if worker.component is Component.FANOUT]
DRAIN_TARGET_SECONDS = FANOUT.drain_target_seconds
WORKER_GRACE_SECONDS = float(FANOUT.grace_seconds)


class Arrivals(StrEnum):
    """How the messages of a second are drawn."""

    EXACT = "exact"  # the rate, rounded so that the sum is exact
    POISSON = "poisson"  # Poisson-distributed with the rate as mean


class GroupProtocol(StrEnum):
    """What a consumer group does when a member joins or leaves."""

    EAGER = "eager"  # every partition pauses, then all are assigned again
    COOPERATIVE = "cooperative"  # moved partitions pause, with one barrier for the whole group (KIP-429)
    KIP848 = "kip848"  # each member takes over its new partitions at its next heartbeat


# Seconds that partitions pause: with the eager protocol KEDA users report ten and more (kedacore/keda#2401); with the
# cooperative one moved partitions wait for a second join, which members learn of by a heartbeat (KIP-429; consumers'
# heartbeat.interval.ms is 3,000); with KIP-848 they wait for the next heartbeat of the new member, at most one
# group.consumer.heartbeat.interval.ms, whose default is 5,000.
PAUSE_SECONDS: Mapping[GroupProtocol, float] = {
    GroupProtocol.EAGER: 10.0,
    GroupProtocol.COOPERATIVE: 3.0,
    GroupProtocol.KIP848: 5.0,
}


class FaultKind(StrEnum):
    """Kinds of faults; `value` of a fault is its size."""

    SLOW_CONSUMERS = "slow consumers"  # the speed of every worker is multiplied by `value`
    STUCK_PARTITION = "stuck partition"  # partition number `value` makes no progress
    BROKER_LOST_BUFFERED = "broker lost, producers buffer"  # nothing is consumed; arrivals come after the outage
    BROKER_LOST_REFUSED = "broker lost, producers are refused"  # nothing is consumed and nothing arrives
    OFFSETS_MISSING = "offsets missing"  # offsets cannot be read
    OFFSETS_STALE = "offsets stale"  # the offsets of the beginning are read repeatedly
    OFFSETS_NEGATIVE = "offsets negative"  # committed exceeds produced by `value` messages per partition
    OFFSETS_ABSURD = "offsets absurd"  # produced is too large by `value` messages per partition


class Fault(Struct, frozen=True):
    """A fault from second `begin` until second `end`."""

    kind: FaultKind
    begin: int
    end: int
    value: float = 0.0


class Work(Struct, frozen=True):
    """Cost of a message in units: log-normal with this median; with sigma 0 every message costs the median."""

    median: float = 1.0
    sigma: float = 0.0
    most: float = math.inf

    @property
    def mean(self) -> float:
        """Mean cost of a message, assuming that few reach the maximum."""
        return self.median * math.exp(self.sigma**2 / 2)


class Service(Struct, frozen=True):
    """Units per second of one worker, with relative variation: `spread` between pods, `jitter` between seconds.

    A batch is finished and committed as a whole; a terminating pod finishes its current batch.
    """

    rate: float = 20.0
    spread: float = 0.03
    jitter: float = 0.1
    batch_messages: int = 10
    work: Work = Work()


class Downstream(Struct, frozen=True):
    """The store that workers write to: its capacity in units per second, and its behaviour above that.

    At a demand of d times the limit, the throughput is limit / (1 + contention * (d - 1)): with contention above 0,
    more workers achieve less (kedacore/keda#7092).
    """

    limit: float = math.inf
    contention: float = 0.0
    latency_seconds: float = 0.005


class Pods(Struct, frozen=True):
    """Pods of a Deployment: seconds until readiness, with variation `start_noise`, and the grace period in seconds."""

    start_seconds: float = 4.0
    start_noise: float = 1.5
    grace_seconds: float = WORKER_GRACE_SECONDS


class Group(Struct, frozen=True):
    """A consumer group: its protocol, and the seconds for which a rebalance pauses partitions."""

    protocol: GroupProtocol = GroupProtocol.KIP848
    pause_seconds: float = PAUSE_SECONDS[GroupProtocol.KIP848]


class Bounds(Struct, frozen=True):
    """Minimum and maximum number of workers."""

    min: int = 1
    max: int = PARTITIONS


class Trace(Struct, frozen=True):
    """One scenario: `rates` are messages per second of the whole topic, one for each second.

    `weights` are the relative shares of the partitions. `replicas` pods are ready at the beginning. All random draws
    are determined by `seed`.
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
        """Duration in seconds."""
        return len(self.rates)

    @property
    def partitions(self) -> int:
        """Number of partitions of the topic."""
        return len(self.weights)


def build_group(protocol: GroupProtocol) -> Group:
    """Return a group with the usual pauses of its protocol."""
    return Group(protocol, PAUSE_SECONDS[protocol])


def to_ticks(seconds: float) -> int:
    """Return the nearest number of ticks."""
    return round(seconds * TICKS_PER_SECOND)
