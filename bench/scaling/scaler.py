"""What a scaler sees and says, and the protocol that all of them follow. Plain data; played by `simulation`."""

from typing import Protocol

from msgspec import Struct

NEVER_SECONDS = 1e9


class Offsets(Struct, frozen=True):
    """What Kafka says of a group, one value a partition; `oldest_seconds` is the age of what waits longest, else 0."""

    produced: tuple[int, ...]
    committed: tuple[int, ...]
    oldest_seconds: tuple[float, ...]


class Worked(Struct, frozen=True):
    """What the workers' own counters say, summed over pods since the beginning: messages, and seconds.

    `worker_seconds` are those in which a worker was ready, `busy_seconds` those of them in which it had work.
    """

    handled: float = 0.0
    busy_seconds: float = 0.0
    worker_seconds: float = 0.0


class Seen(Struct, frozen=True):
    """All that a scaler may know at one moment.

    `offsets` is None where they cannot be read, and were read `age_seconds` ago. `in_flight` holds the units begun and
    not committed of each ready pod. `downstream_latency_seconds` is that of one write.
    """

    now: float
    offsets: Offsets | None
    age_seconds: float
    replicas: int
    ready: int
    in_flight: tuple[float, ...]
    worked: Worked
    downstream_latency_seconds: float


class Decision(Struct, frozen=True):
    """How many workers there shall be, and in how many seconds the scaler looks again."""

    replicas: int
    next_check_seconds: float


class Scaler(Protocol):
    """Decides on one Deployment for the length of one trace."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    @property
    def uses_deletion_cost(self) -> bool:
        """Whether it marks pods so that idle ones go first."""

    def poll(self, seen: Seen) -> Decision:
        """Return what shall be."""


class FixedScaler:
    """Never moves."""

    uses_deletion_cost = False

    def __init__(self, replicas: int) -> None:
        self.name = f"{replicas} workers"
        self._decision = Decision(replicas, NEVER_SECONDS)

    def poll(self, seen: Seen) -> Decision:  # noqa: ARG002 - it is the protocol's
        """Return what there is."""
        return self._decision
