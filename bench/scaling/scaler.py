"""Inputs and decisions of scalers, and the protocol that all scalers implement. Used by `simulation`."""

from typing import Protocol

from msgspec import Struct

NEVER_SECONDS = 1e9


class Offsets(Struct, frozen=True):
    """Offsets of a group, one value per partition; `oldest_seconds` is the age of the oldest waiting message, or 0."""

    produced: tuple[int, ...]
    committed: tuple[int, ...]
    oldest_seconds: tuple[float, ...]


class Worked(Struct, frozen=True):
    """Counters of the workers, summed over pods since the start: messages and seconds.

    `worker_seconds` count the time in which workers were ready, `busy_seconds` the part of it in which they had work.
    """

    handled: float = 0.0
    busy_seconds: float = 0.0
    worker_seconds: float = 0.0


class ScalerInputs(Struct, frozen=True):
    """Everything that a scaler knows at one time.

    `offsets` were read `age_seconds` ago and are None if they cannot be read. `in_flight` lists the units begun but not
    committed by each ready pod. `downstream_latency_seconds` is the latency of one write.
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
    """The number of workers to run, and the seconds until the next decision."""

    replicas: int
    next_check_seconds: float


class Scaler(Protocol):
    """Decides the number of workers during one trace."""

    @property
    def name(self) -> str:
        """Its name in the table."""

    @property
    def uses_deletion_cost(self) -> bool:
        """Whether it sets deletion costs, so that idle pods are removed first."""

    def poll(self, inputs: ScalerInputs) -> Decision:
        """Return the decision."""


class FixedScaler:
    """Always returns the same number of workers."""

    uses_deletion_cost = False

    def __init__(self, replicas: int) -> None:
        self.name = f"{replicas} workers"
        self._decision = Decision(replicas, NEVER_SECONDS)

    def poll(self, inputs: ScalerInputs) -> Decision:  # noqa: ARG002 - it is the protocol's
        """Return the fixed number."""
        return self._decision
