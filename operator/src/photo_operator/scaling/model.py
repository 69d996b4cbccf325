"""What the scaler reads, remembers and says. No decision here: `decide` has it."""

from enum import StrEnum

from msgspec import Struct


class Flow(Struct, frozen=True):
    """A partition in the course of the last seconds; rates are messages a second, the rest is in seconds."""

    number: int
    lag: int
    arrival: float = 0.0
    service: float = 0.0
    oldest: float = 0.0  # for how long, at least, its oldest message has waited
    still: float = 0.0  # for how long it has lagged without a commit


class Work(Struct, frozen=True):
    """What workers did between two reports; `seconds` and `busy` are summed over the workers."""

    handled: float
    busy: float
    seconds: float

    def plus(self, other: "Work") -> "Work":
        """Return both together."""
        return Work(self.handled + other.handled, self.busy + other.busy, self.seconds + other.seconds)


class Service(Struct, frozen=True):
    """What one worker does, in messages a busy second, and how well that is known.

    `busy` is the part of the time in which the workers were busy of late, from 0 to 1; `handled` are the messages that
    it was learned from.
    """

    per_worker: float
    busy: float = 0.0
    handled: float = 0.0


class LimitedBy(StrEnum):
    """What keeps the number of workers from what the lag asks for."""

    NONE = "None"  # nothing does
    MIN = "Min"  # replicas.min
    MAX = "Max"  # replicas.max
    PARTITIONS = "Partitions"  # more workers than partitions would idle
    HOT_PARTITION = "HotPartition"  # one partition alone is too much for the one worker that it can have
    STUCK_PARTITION = "StuckPartition"  # what waits there is taken by nobody, however many workers there are
    SCHEDULED = "Scheduled"  # a known event keeps the number up
    MEASURING = "Measuring"  # what one worker does is not known yet
    REBALANCE_COST = "RebalanceCost"  # a move would cost more than it gains
    SETTLING = "Settling"  # the last move has not shown its effect yet
    STABILIZING = "Stabilizing"  # fewer would do, but not for long enough
    DOWNSTREAM = "Downstream"  # what the workers write to fails; more of them would not help
    DOWNSTREAM_SATURATED = "DownstreamSaturated"  # more workers did less than fewer
    METRICS_STALE = "MetricsStale"  # the lag is not known; the number is held
    PULL_MODE = "PullMode"  # Redis is out; more workers could not write either
    FOREIGN_SCALER = "ForeignScaler"  # somebody else sets the number
    RUNBOOK = "Runbook"  # an execution holds the workers: its floor is obeyed, else the number is held


class Scheduled(Struct, frozen=True):
    """A known event that is on now."""

    replicas: int
    reason: str


class Policy(Struct, frozen=True):
    """What the spec allows; `drain_target` is in seconds."""

    min: int
    max: int
    drain_target: int
    scheduled: Scheduled | None = None

    @property
    def least(self) -> int:
        """The fewest workers that are allowed now."""
        return self.min if self.scheduled is None else min(max(self.min, self.scheduled.replicas), self.max)


class Observation(Struct, frozen=True):
    """All that is seen when a decision is made; `now` is in monotonic seconds."""

    now: float
    replicas: int
    ready: int
    flows: tuple[Flow, ...] | None  # None while the lag is not known
    service: Service | None = None
    heavier: float = 1.0  # how much more work a message that waits is than those that were done
    downstream: str = ""  # why what the workers write to is bad; empty where it is not
    pulling: bool = False
    foreign_scaler: str | None = None
    held_by: str | None = None  # the Lease of the workers says so
    floor: int = 0  # of the steps in force
    hot_key: str = ""  # what most messages at the head of the hottest partition are about

    @property
    def lag(self) -> int:
        """Messages that wait."""
        return sum(flow.lag for flow in self.flows or ())

    @property
    def arrival(self) -> float:
        """Messages that arrive a second."""
        return sum(flow.arrival for flow in self.flows or ())

    @property
    def throughput(self) -> float:
        """Messages that are committed a second."""
        return sum(flow.service for flow in self.flows or ())


class Move(Struct, frozen=True):
    """A change of the number of workers; times are in monotonic seconds.

    Attributes:
        at: when it was asked for.
        before: how many there were.
        after: how many there shall be.
        done_at: when all of them were there.
        throughput: what was done a second before it, where there was more to do than that.
        per_worker: what one worker did in a busy second then.
        handled: how many messages that was learned from.
        lost: the work that it has cost so far, in seconds of that throughput.
        learned: whether that is the whole of it.
    """

    at: float
    before: int
    after: int
    done_at: float | None = None
    throughput: float | None = None
    per_worker: float | None = None
    handled: float = 0.0
    lost: float = 0.0
    learned: bool = False

    @property
    def did(self) -> float:
        """What all workers could do a second before it; 0 where that is not known."""
        return self.before * (self.per_worker or 0.0)


class Ceiling(Struct, frozen=True):
    """A number beyond which workers have not helped: until then, and how long that is in all."""

    replicas: int
    until: float
    why: str
    seconds: float = 0.0


class Memory(Struct, frozen=True):
    """What is remembered between decisions; a new leader begins with none."""

    moves: tuple[Move, ...] = ()  # newest last
    wanted: tuple[tuple[float, int], ...] = ()  # when, and how many the lag asked for
    ceiling: Ceiling | None = None
    start_seconds: float = 5.0  # from a move until its workers are ready, as measured
    rebalance_seconds: float = 1.0  # seconds of the group's work that a move cost, as measured
    looked_at: float | None = None

    @property
    def last(self) -> Move | None:
        """The last move."""
        return self.moves[-1] if self.moves else None


class Record(Struct, frozen=True):
    """A move as the status tells it; `time` is RFC 3339 UTC."""

    time: str
    before: int
    after: int
    limited_by: LimitedBy
    explanation: str


class Decision(Struct, frozen=True):
    """How many workers there shall be, how many the lag alone asks for, and why.

    `next_check` is in seconds: sooner, nothing but news could change the decision.
    """

    replicas: int
    wanted: int
    limited_by: LimitedBy
    explanation: str
    next_check: float = 5.0
    ceiling: Ceiling | None = None


class Scaling(Struct, frozen=True):
    """What the scaler saw of a worker and decided, and its last moves."""

    decision: Decision
    flows: tuple[Flow, ...] | None = None
    service: Service | None = None
    records: tuple[Record, ...] = ()
