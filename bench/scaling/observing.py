"""What a scaler gets to see of Kafka, truthfully or as a fault distorts it. Pure; used by `simulation`."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from bench.scaling.load import Load, arrival_second, messages_in
from bench.scaling.scaler import Offsets
from bench.scaling.world import Fault, FaultKind

NEARLY_A_MESSAGE = 1e-6  # below, nothing waits; floats are left of it


class Reading(Struct, frozen=True):
    """Offsets, if they could be read, and how many seconds ago that was."""

    offsets: Offsets | None
    age_seconds: float = 0.0


def read_offsets(load: Load, arrived: Sequence[float], committed: Sequence[float], now: float) -> Offsets:
    """Return what Kafka would say at a second of the trace; offsets are whole messages."""
    places = range(len(arrived))
    return Offsets(
        tuple(int(messages_in(load, place, arrived[place]) + NEARLY_A_MESSAGE) for place in places),
        tuple(int(messages_in(load, place, committed[place]) + NEARLY_A_MESSAGE) for place in places),
        tuple(
            max(0.0, now - arrival_second(load, place, committed[place]))
            if arrived[place] - committed[place] > NEARLY_A_MESSAGE
            else 0.0
            for place in places
        ),
    )


class Told(Struct, frozen=True):
    """What a fault distorts: the truth, the last reading that was true, and the second in which it is asked."""

    truth: Offsets
    last: Reading
    last_at: float
    now: float


def _missing(_: Fault, told: Told) -> Reading:
    return Reading(None, told.now - told.last_at)


def _stale(_: Fault, told: Told) -> Reading:
    return Reading(told.last.offsets, told.now - told.last_at)


def _negative(fault: Fault, told: Told) -> Reading:
    ahead = tuple(offset + int(fault.value) for offset in told.truth.produced)
    return Reading(structs.replace(told.truth, committed=ahead))


def _absurd(fault: Fault, told: Told) -> Reading:
    beyond = tuple(offset + int(fault.value) for offset in told.truth.produced)
    return Reading(structs.replace(told.truth, produced=beyond))


DISTORTIONS: Mapping[FaultKind, Callable[[Fault, Told], Reading]] = {
    FaultKind.OFFSETS_MISSING: _missing,
    FaultKind.OFFSETS_STALE: _stale,
    FaultKind.OFFSETS_NEGATIVE: _negative,
    FaultKind.OFFSETS_ABSURD: _absurd,
}


class Observer:
    """Remembers the last true reading, which is what a stale one repeats."""

    def __init__(self) -> None:
        self._last = Reading(None)
        self._last_at = 0.0

    def read(self, truth: Offsets, fault: Fault | None, now: float) -> Reading:
        """Return what is told at a second of the trace."""
        if fault is None:
            self._last, self._last_at = Reading(truth), now
            return self._last
        return DISTORTIONS[fault.kind](fault, Told(truth, self._last, self._last_at, now))
