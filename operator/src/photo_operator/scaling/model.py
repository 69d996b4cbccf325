"""What the scaler reads and says. No decision here: `decide` has it."""

from enum import StrEnum

from msgspec import Struct


class Lag(Struct, frozen=True):
    """A consumer group on a topic at one moment, summed over partitions."""

    messages: int
    produced: int
    committed: int
    partitions: int


class Sample(Struct, frozen=True):
    """A lag and the monotonic second at which it was counted."""

    at: float
    lag: Lag


class LimitedBy(StrEnum):
    """What keeps the number of workers from what the lag asks for."""

    NONE = "None"  # nothing does
    MIN = "Min"  # spec.workers.fanout.replicas.min
    MAX = "Max"  # spec.workers.fanout.replicas.max
    PARTITIONS = "Partitions"  # more workers than partitions would idle
    SETTLING = "Settling"  # the last move has not shown its effect yet
    STABILIZING = "Stabilizing"  # fewer would do, but not for long enough
    METRICS_STALE = "MetricsStale"  # the lag is not known; the number is held
    PULL_MODE = "PullMode"  # Redis is out; more workers could not write either
    FOREIGN_SCALER = "ForeignScaler"  # somebody else sets the number
    RUNBOOK = "Runbook"  # an execution holds the fan-out: its floor is obeyed, else the number is held


class Rates(Struct, frozen=True):
    """Messages a second over the window, and what one busy worker does; None while unknown."""

    arrival: float | None = None
    service: float | None = None
    per_worker: float | None = None

    def capacity(self, workers: int) -> float | None:
        """Return what so many workers do a second when busy; the service rate says less, since it counts idle time."""
        return self.service if self.per_worker is None else self.per_worker * workers


class Bounds(Struct, frozen=True):
    """What the spec allows; `drain_target` is in seconds."""

    min: int
    max: int
    drain_target: int


class Observation(Struct, frozen=True):
    """All that one decision is made from; `now` and `last_move` are monotonic seconds."""

    now: float
    replicas: int
    bounds: Bounds
    lag: Lag | None
    rates: Rates = Rates()
    wanted_recently: tuple[int, ...] = ()
    last_move: float | None = None
    pulling: bool = False
    foreign_scaler: str | None = None
    held_by: str | None = None  # the Lease of the fan-out says so
    floor: int = 0  # of the steps in force


class Decision(Struct, frozen=True):
    """How many workers there shall be, how many the lag alone asks for, and why."""

    replicas: int
    wanted: int
    limited_by: LimitedBy
    explanation: str
