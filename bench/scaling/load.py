"""The arrivals of each partition and second, computed before the simulation. Pure; used by `simulation`.

Built once per trace and shared by all scalers, so that all get the same messages.
"""

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from msgspec import Struct

from bench.scaling.draws import poisson, work_of
from bench.scaling.world import TICKS_PER_SECOND, Arrivals, Fault, FaultKind, Trace, Work

Row = Sequence[float]
UNIT_WORK = Work()


class Totals(Struct, frozen=True):
    """Running totals: row s contains the arrivals of each partition until second s."""

    rows: tuple[Row, ...]
    columns: tuple[Row, ...]


class Load(Struct, frozen=True):
    """Arrivals in messages and in units of work; the same object if a message costs one unit."""

    messages: Totals
    work: Totals

    @property
    def is_uniform(self) -> bool:
        """Whether every message costs one unit."""
        return self.work is self.messages


def build_load(trace: Trace) -> Load:
    """Draw the arrivals of a trace."""
    chance = random.Random(f"arrivals {trace.seed}")
    counts = _without_broker(_counts(trace, chance), trace.faults)
    columns = list(zip(*counts, strict=True))
    messages = _totals(columns)
    if trace.service.work == UNIT_WORK:
        return Load(messages, messages)
    return Load(messages, _totals([[work_of(n, trace.service.work, chance) for n in column] for column in columns]))


def _totals(columns: Iterable[Row]) -> Totals:
    courses = tuple(tuple(accumulate(column, initial=0.0)) for column in columns)
    return Totals(tuple(zip(*courses, strict=True)), courses)


def _counts(trace: Trace, chance: random.Random) -> list[list[int]]:
    """Return the messages of each second and partition."""
    total = sum(trace.weights)
    shares = [weight / total for weight in trace.weights]
    if trace.arrivals is Arrivals.POISSON:
        return [[poisson(rate * share, chance) for share in shares] for rate in trace.rates]
    whole = [[int(end * share) for share in shares] for end in accumulate(trace.rates, initial=0.0)]
    return [[b - a for a, b in zip(first, then, strict=True)] for first, then in pairwise(whole)]


def _without_broker(counts: list[list[int]], faults: Sequence[Fault]) -> list[list[int]]:
    """Return the counts with those during a broker outage moved to its end, or dropped."""
    for fault in faults:
        if fault.kind is FaultKind.BROKER_LOST_BUFFERED:
            counts = _moved(counts, fault)
        elif fault.kind is FaultKind.BROKER_LOST_REFUSED:
            counts = _dropped(counts, fault)
    return counts


def _dropped(counts: list[list[int]], fault: Fault) -> list[list[int]]:
    nothing = [0] * len(counts[0])
    return [nothing if fault.begin <= second < fault.end else row for second, row in enumerate(counts)]


def _moved(counts: list[list[int]], fault: Fault) -> list[list[int]]:
    back = min(fault.end, len(counts) - 1)
    held = [sum(column) for column in zip(*counts[fault.begin : back + 1], strict=True)]
    return [held if second == back else row for second, row in enumerate(_dropped(counts, fault))]


def arrived_at(totals: Totals, tick: int) -> Row:
    """Return the arrivals until a tick; within a second they are evenly distributed."""
    second, rest = divmod(tick, TICKS_PER_SECOND)
    if rest == 0:
        return totals.rows[second]
    share = rest / TICKS_PER_SECOND
    return [a + (b - a) * share for a, b in zip(totals.rows[second], totals.rows[second + 1], strict=True)]


def messages_in(load: Load, partition: int, units: float) -> float:
    """Return the number of messages in the first units of work of a partition."""
    if load.is_uniform:
        return units
    course, counted = load.work.columns[partition], load.messages.columns[partition]
    second = _second_of(course, units)
    share = (units - course[second]) / (course[second + 1] - course[second] or 1.0)
    return counted[second] + (counted[second + 1] - counted[second]) * share


def all_messages_in(load: Load, units: Row) -> float:
    """Return the number of messages in the first units of work of all partitions."""
    if load.is_uniform:
        return sum(units)
    return sum(messages_in(load, partition, done) for partition, done in enumerate(units))


def arrival_second(load: Load, partition: int, units: float) -> float:
    """Return the second at which the work after a partition's first units arrived."""
    course = load.work.columns[partition]
    second = _second_of(course, units)
    return second + (units - course[second]) / (course[second + 1] - course[second] or 1.0)


def message_cost(load: Load, partition: int, units: float) -> float:
    """Return the cost of a message after a partition's first units: the mean of its second."""
    if load.is_uniform:
        return 1.0
    second = _second_of(load.work.columns[partition], units)
    work, counted = load.work.columns[partition], load.messages.columns[partition]
    return (work[second + 1] - work[second]) / (counted[second + 1] - counted[second] or 1.0)


def _second_of(course: Row, units: float) -> int:
    """Return the second in which a running total exceeded a value."""
    return min(bisect_right(course, units) - 1, len(course) - 2)
