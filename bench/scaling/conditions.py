"""The faults of each second of a trace, computed in advance, so that the hot loop only looks them up. Pure."""

from collections.abc import Mapping

from msgspec import Struct

from bench.scaling.world import Fault, FaultKind, Trace

NONE_STUCK: frozenset[int] = frozenset()
BROKER_LOST = frozenset({FaultKind.BROKER_LOST_BUFFERED, FaultKind.BROKER_LOST_REFUSED})
OFFSETS_WRONG = frozenset(
    {
        FaultKind.OFFSETS_MISSING,
        FaultKind.OFFSETS_STALE,
        FaultKind.OFFSETS_NEGATIVE,
        FaultKind.OFFSETS_ABSURD,
    }
)


class Conditions(Struct, frozen=True):
    """One value per second: the relative speed of workers, the stuck partitions, and the fault of the offsets."""

    pace: tuple[float, ...]
    stuck: tuple[frozenset[int], ...]
    offsets: Mapping[int, Fault]


def build_conditions(trace: Trace) -> Conditions:
    """Return the conditions of a trace; without a broker the speed is 0 and there are no offsets."""
    pace = [1.0] * (trace.seconds + 1)
    stuck = [NONE_STUCK] * (trace.seconds + 1)
    offsets: dict[int, Fault] = {}
    for fault in trace.faults:
        for second in range(fault.begin, min(fault.end, trace.seconds)):
            if fault.kind in BROKER_LOST:
                pace[second] = 0.0
                offsets[second] = Fault(FaultKind.OFFSETS_MISSING, fault.begin, fault.end)
            elif fault.kind is FaultKind.SLOW_CONSUMERS:
                pace[second] *= fault.value
            elif fault.kind is FaultKind.STUCK_PARTITION:
                stuck[second] |= {int(fault.value)}
            else:
                offsets[second] = fault
    return Conditions(tuple(pace), tuple(stuck), offsets)
