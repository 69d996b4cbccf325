"""The inputs, the memory and the output of the scaler as frozen structs. Decisions are made in `decide`."""

from enum import StrEnum

from msgspec import Struct


class Flow(Struct, frozen=True):
    """One partition over the last seconds: its lag in messages, rates in messages per second, ages in seconds."""

    number: int
    lag: int
    arrival: float = 0.0
    service: float = 0.0
    oldest: float = 0.0  # age of its oldest waiting message, at least
    stalled_seconds: float = 0.0  # how long it has had lag without a commit


class Work(Struct, frozen=True):
    """The work of a group between two reports; `seconds` and `busy` are summed over its workers."""

    handled: float
    busy: float
    seconds: float

    def plus(self, other: "Work") -> "Work":
        """Return the sum of both."""
        return Work(self.handled + other.handled, self.busy + other.busy, self.seconds + other.seconds)


class Service(Struct, frozen=True):
    """The measured throughput of one worker, in messages per busy second.

    `busy` is the recent utilisation of the workers, from 0 to 1; `handled` counts the messages behind the measurement.
    """

    per_worker: float
    busy: float = 0.0
    handled: float = 0.0


class LimitedBy(StrEnum):
    """Why the number of workers differs from the number that the lag asks for."""

    NONE = "None"  # it does not differ
    MIN = "Min"  # replicas.min
    MAX = "Max"  # replicas.max
    PARTITIONS = "Partitions"  # a worker without a partition would be idle
    HOT_PARTITION = "HotPartition"  # one partition needs more than the one worker that can read it
    STUCK_PARTITION = "StuckPartition"  # a partition is not consumed, and more workers would not change that
    SCHEDULED = "Scheduled"  # a scheduled event is on
    MEASURING = "Measuring"  # the throughput of one worker is not known yet
    REBALANCE_COST = "RebalanceCost"  # the rebalance would take longer than it saves
    SETTLING = "Settling"  # the effect of the last move cannot be seen yet
    STABILIZING = "Stabilizing"  # fewer workers would be enough, but have not been for long enough
    DOWNSTREAM = "Downstream"  # an engine that the workers write to fails
    DOWNSTREAM_SATURATED = "DownstreamSaturated"  # more workers achieved no more than fewer
    METRICS_STALE = "MetricsStale"  # the lag is not known, so the number is held
    PULL_MODE = "PullMode"  # Redis is down, so workers cannot write
    FOREIGN_SCALER = "ForeignScaler"  # another field manager sets the number
    RUNBOOK = "Runbook"  # an execution holds the workers: its minimum applies, otherwise the number is held


class Scheduled(Struct, frozen=True):
    """A scheduled event that is on now."""

    replicas: int
    reason: str


class Policy(Struct, frozen=True):
    """The bounds and the target of the spec; `drain_target` is in seconds."""

    min: int
    max: int
    drain_target: int
    scheduled: Scheduled | None = None

    @property
    def least(self) -> int:
        """The minimum that applies now: of the spec, or of a scheduled event."""
        return self.min if self.scheduled is None else min(max(self.min, self.scheduled.replicas), self.max)


class Observation(Struct, frozen=True):
    """All inputs of one decision but the policy and the memory; `now` is in monotonic seconds."""

    now: float
    replicas: int
    ready: int
    flows: tuple[Flow, ...] | None  # None while the lag is not known
    service: Service | None = None
    backlog_weight: float = 1.0  # work of a waiting message relative to those that were handled
    downstream: str = ""  # why an engine that the workers write to is failing; empty if none is
    feeds_pulled: bool = False  # feeds are read by pull, and Redis does not take writes
    foreign_scaler: str | None = None  # the field manager that owns the number, if it is not this operator
    held_by: str | None = None  # the execution that holds the Lease of the workers
    floor: int = 0  # minimum that the steps in force ask for
    hot_key: str = ""  # key of most messages at the head of the hottest partition

    @property
    def lag(self) -> int:
        """Waiting messages of all partitions."""
        return sum(flow.lag for flow in self.flows or ())

    @property
    def arrival(self) -> float:
        """Arriving messages per second."""
        return sum(flow.arrival for flow in self.flows or ())

    @property
    def throughput(self) -> float:
        """Committed messages per second."""
        return sum(flow.service for flow in self.flows or ())


class Move(Struct, frozen=True):
    """A change of the number of workers; times are in monotonic seconds.

    Attributes:
        at: when it was requested.
        before: number of workers before it.
        after: number of workers that it requested.
        done_at: when all requested workers were ready.
        throughput: messages per second before it; None unless the group had a backlog then.
        per_worker: messages per busy second of one worker before it.
        handled: number of messages behind that measurement.
        lost: cost of the move so far, in seconds of that throughput.
        learned: whether the cost is final.
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
    def capacity(self) -> float:
        """Messages per second that all workers could handle before it; 0 if that is not known."""
        return self.before * (self.per_worker or 0.0)


class Ceiling(Struct, frozen=True):
    """A number of workers beyond which more have not helped; in force until `until`, for `seconds` in all."""

    replicas: int
    until: float
    why: str
    seconds: float = 0.0


class Memory(Struct, frozen=True):
    """State between decisions; a new leader starts with an empty one."""

    moves: tuple[Move, ...] = ()  # newest last
    wanted: tuple[tuple[float, int], ...] = ()  # time, and number that the lag asked for
    ceiling: Ceiling | None = None
    start_seconds: float = 5.0  # measured time from a move until its workers are ready
    rebalance_seconds: float = 1.0  # measured cost of a move, in seconds of the group's work
    observed_at: float | None = None

    @property
    def last(self) -> Move | None:
        """The last move."""
        return self.moves[-1] if self.moves else None


MOVES_REMEMBERED = 20  # of each worker: in memory, in the status, and on the command line


class Record(Struct, frozen=True):
    """A move as the status shows it; `time` is RFC 3339 UTC."""

    time: str
    before: int
    after: int
    limited_by: LimitedBy
    explanation: str


class Decision(Struct, frozen=True):
    """The number of workers to have, the number that the lag alone asks for, and the reason.

    `next_check` is in seconds: until then only new facts can change the decision.
    """

    replicas: int
    wanted: int
    limited_by: LimitedBy
    explanation: str
    next_check: float = 5.0
    ceiling: Ceiling | None = None


class Scaling(Struct, frozen=True):
    """What the scaler observed of a worker, what it decided, and its last moves."""

    decision: Decision
    flows: tuple[Flow, ...] | None = None
    service: Service | None = None
    records: tuple[Record, ...] = ()
