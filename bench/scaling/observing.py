"""The offsets that a scaler reads from Kafka, correct or distorted by a fault. Pure; used by `simulation`."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from bench.scaling.load import Load, arrival_second, messages_in
from bench.scaling.scaler import Offsets
from bench.scaling.world import Fault, FaultKind

NEARLY_A_MESSAGE = 1e-6  # messages; tolerance for rounding errors


class OffsetReading(Struct, frozen=True):
    """The offsets, or None if they could not be read, and their age in seconds."""

    offsets: Offsets | None
    age_seconds: float = 0.0


def read_offsets(load: Load, arrived: Sequence[float], committed: Sequence[float], now: float) -> Offsets:
    """Return the true offsets at a second of the trace, in whole messages."""
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


class FaultContext(Struct, frozen=True):
    """Inputs of a distortion: the true offsets, the last correct reading and its time, and the current time."""

    truth: Offsets
    last: OffsetReading
    last_at: float
    now: float


def _missing(_: Fault, context: FaultContext) -> OffsetReading:
    return OffsetReading(None, context.now - context.last_at)


def _stale(_: Fault, context: FaultContext) -> OffsetReading:
    return OffsetReading(context.last.offsets, context.now - context.last_at)


def _negative(fault: Fault, context: FaultContext) -> OffsetReading:
    ahead = tuple(offset + int(fault.value) for offset in context.truth.produced)
    return OffsetReading(structs.replace(context.truth, committed=ahead))


def _absurd(fault: Fault, context: FaultContext) -> OffsetReading:
    beyond = tuple(offset + int(fault.value) for offset in context.truth.produced)
    return OffsetReading(structs.replace(context.truth, produced=beyond))


DISTORTIONS: Mapping[FaultKind, Callable[[Fault, FaultContext], OffsetReading]] = {
    FaultKind.OFFSETS_MISSING: _missing,
    FaultKind.OFFSETS_STALE: _stale,
    FaultKind.OFFSETS_NEGATIVE: _negative,
    FaultKind.OFFSETS_ABSURD: _absurd,
}


class Observer:
    """Reads offsets, and remembers the last correct reading for stale ones."""

    def __init__(self) -> None:
        self._last = OffsetReading(None)
        self._last_at = 0.0

    def read(self, truth: Offsets, fault: Fault | None, now: float) -> OffsetReading:
        """Return the reading at a second of the trace."""
        if fault is None:
            self._last, self._last_at = OffsetReading(truth), now
            return self._last
        return DISTORTIONS[fault.kind](fault, FaultContext(truth, self._last, self._last_at, now))
