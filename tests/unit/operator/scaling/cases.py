"""One case for each way in which the scaler decides: what it knows, and the number and the limit that follow."""

import math

import pytest
from msgspec.structs import replace

from photo_operator.scaling.decide import STANDSTILL_SECONDS
from photo_operator.scaling.model import Ceiling, Flow, LimitedBy, Memory, Move, Policy, Scheduled, Service
from tests.support.lags import flows_of
from tests.unit.operator.scaling.group import NOW, seen_of

POLICY = Policy(1, 6, 10)
LAUNCH = Policy(1, 6, 10, Scheduled(4, "launch (until 20:00)"))
LATE_FACTOR, IDLE = flows_of(300), flows_of(0)
HOT = (Flow(0, 900), *(Flow(number, 0) for number in range(1, 5)), Flow(5, 80), Flow(6, 0), Flow(7, 0))
SIDE_BY_SIDE = (Flow(0, 900), Flow(1, 40), *(Flow(number, 0) for number in range(2, 8)))
STANDING = tuple(Flow(number, 90, arrival=1.0, stalled_seconds=STANDSTILL_SECONDS) for number in range(4))
PARTLY_STUCK = (Flow(0, 900, stalled_seconds=98.0), *(Flow(number, 10, service=1.0) for number in range(1, 8)))
SATURATED = flows_of(900, arrival=20.0, service=17.0)


def moved(ago: float, before: int, after: int) -> Move:
    """Return a move whose workers came at once."""
    return Move(NOW - ago, before, after, NOW - ago, learned=True)


def wished(number: int, seconds: float = 30.0) -> tuple[tuple[float, int], ...]:
    """Return wishes of so many seconds for a number."""
    return tuple((NOW - ago, number) for ago in (seconds, seconds / 2, 1.0))


SETTLING = Memory(moves=(Move(NOW - 5, 1, 2),))
CALM = Memory(wanted=wished(1))
SATURATED_BY_ARRIVALS = Service(10.0, 1.0, 500.0)
RISEN = Memory(moves=(replace(moved(20, 2, 4), throughput=20.0, per_worker=10.0, handled=400.0),))
CEILING = Memory(ceiling=Ceiling(2, NOW + 1, "4 workers do 17/s, 2 did 20/s", 120.0))

CASES = [
    pytest.param(seen_of(), POLICY, Memory(), 1, LimitedBy.NONE, id="nothing to do"),
    pytest.param(seen_of(1, LATE_FACTOR), POLICY, Memory(), 3, LimitedBy.NONE, id="a lag"),
    pytest.param(seen_of(1, flows_of(600)), POLICY, Memory(), 6, LimitedBy.NONE, id="a lag for all"),
    pytest.param(seen_of(1, flows_of(100)), POLICY, Memory(), 1, LimitedBy.NONE, id="a lag that one drains in time"),
    pytest.param(
        seen_of(1, flows_of(10, 8.5, 8.5)), POLICY, Memory(), 1, LimitedBy.NONE, id="in time, though not at leisure"
    ),
    pytest.param(
        seen_of(1, flows_of(10, 9.8, 9.8)), POLICY, Memory(), 2, LimitedBy.NONE, id="arrivals that leave no time"
    ),
    pytest.param(seen_of(2), Policy(2, 6, 10), CALM, 2, LimitedBy.MIN, id="at the minimum"),
    pytest.param(seen_of(0), POLICY, Memory(), 1, LimitedBy.MIN, id="from none to the minimum"),
    pytest.param(seen_of(1, flows_of(3000)), POLICY, Memory(), 6, LimitedBy.MAX, id="a lag beyond the maximum"),
    pytest.param(seen_of(9, None), POLICY, Memory(), 6, LimitedBy.MAX, id="more than the maximum, lag unknown"),
    pytest.param(
        seen_of(1, HOT), POLICY, Memory(), 2, LimitedBy.HOT_PARTITION, id="a hot partition raises what it can use"
    ),
    pytest.param(seen_of(2, HOT), POLICY, Memory(), 2, LimitedBy.HOT_PARTITION, id="a hot partition raises no further"),
    pytest.param(
        seen_of(1, SIDE_BY_SIDE),
        POLICY,
        Memory(),
        1,
        LimitedBy.REBALANCE_COST,
        id="one of two workers would have both partitions",
    ),
    pytest.param(
        seen_of(1, flows_of(900, partitions=4)),
        POLICY,
        Memory(),
        4,
        LimitedBy.PARTITIONS,
        id="as many as partitions, raised",
    ),
    pytest.param(
        seen_of(4, flows_of(900, partitions=4)),
        POLICY,
        Memory(),
        4,
        LimitedBy.PARTITIONS,
        id="as many as partitions already",
    ),
    pytest.param(seen_of(2, STANDING), POLICY, Memory(), 2, LimitedBy.STUCK_PARTITION, id="a group that stands still"),
    pytest.param(
        seen_of(1, PARTLY_STUCK), POLICY, Memory(), 1, LimitedBy.STUCK_PARTITION, id="a partition that stands still"
    ),
    pytest.param(seen_of(1), LAUNCH, Memory(), 4, LimitedBy.SCHEDULED, id="raised for an event"),
    pytest.param(seen_of(4), LAUNCH, CALM, 4, LimitedBy.SCHEDULED, id="held by an event"),
    pytest.param(
        seen_of(1, LATE_FACTOR, service=None),
        POLICY,
        Memory(),
        1,
        LimitedBy.MEASURING,
        id="nothing measured, with a lag",
    ),
    pytest.param(
        seen_of(4, flows_of(0, arrival=1.0), service=None),
        POLICY,
        CALM,
        4,
        LimitedBy.MEASURING,
        id="nothing measured, with arrivals",
    ),
    pytest.param(seen_of(4, IDLE, service=None), POLICY, CALM, 3, LimitedBy.NONE, id="nothing measured, nothing to do"),
    pytest.param(
        seen_of(1, LATE_FACTOR, service=Service(10.0, busy=0.2)),
        POLICY,
        Memory(),
        1,
        LimitedBy.MEASURING,
        id="measured with little to do",
    ),
    pytest.param(
        seen_of(1, flows_of(110)),
        POLICY,
        Memory(),
        1,
        LimitedBy.REBALANCE_COST,
        id="a gain smaller than the cost of a rebalance",
    ),
    pytest.param(
        seen_of(1, flows_of(130)), POLICY, Memory(), 2, LimitedBy.NONE, id="a gain larger than the cost of a rebalance"
    ),
    pytest.param(
        seen_of(1, flows_of(130)),
        POLICY,
        Memory(rebalance_seconds=2.0),
        1,
        LimitedBy.REBALANCE_COST,
        id="a gain smaller than the cost of a slow rebalance",
    ),
    pytest.param(
        seen_of(1, flows_of(130)),
        POLICY,
        Memory(start_seconds=6.0),
        1,
        LimitedBy.REBALANCE_COST,
        id="a gain smaller than the cost of a slow start",
    ),
    pytest.param(seen_of(2, LATE_FACTOR), POLICY, SETTLING, 2, LimitedBy.SETTLING, id="the last move settles"),
    pytest.param(
        seen_of(4, IDLE), POLICY, Memory(), 4, LimitedBy.STABILIZING, id="fewer would do, not for long enough"
    ),
    pytest.param(seen_of(4, IDLE), POLICY, CALM, 3, LimitedBy.NONE, id="fewer would do for long enough"),
    pytest.param(
        seen_of(1, LATE_FACTOR, downstream="7 calls to Redis failed"),
        POLICY,
        Memory(),
        1,
        LimitedBy.DOWNSTREAM,
        id="a failing engine",
    ),
    pytest.param(
        seen_of(4, SATURATED, service=replace(SATURATED_BY_ARRIVALS, per_worker=4.2)),
        POLICY,
        RISEN,
        2,
        LimitedBy.DOWNSTREAM_SATURATED,
        id="a rise that did not help",
    ),
    pytest.param(seen_of(2, SATURATED), POLICY, CEILING, 2, LimitedBy.DOWNSTREAM_SATURATED, id="held by a ceiling"),
    pytest.param(seen_of(4, None), POLICY, CALM, 4, LimitedBy.METRICS_STALE, id="lag unknown"),
    pytest.param(
        seen_of(4, (*LATE_FACTOR[:9], Flow(9, 0, arrival=math.nan))),
        POLICY,
        CALM,
        4,
        LimitedBy.METRICS_STALE,
        id="an arrival that is no number",
    ),
    pytest.param(
        seen_of(4, (*LATE_FACTOR[:9], Flow(9, -1))), POLICY, CALM, 4, LimitedBy.METRICS_STALE, id="a negative lag"
    ),
    pytest.param(
        seen_of(9, (Flow(0, 10**13),)), POLICY, CALM, 6, LimitedBy.MAX, id="an impossible lag above the maximum"
    ),
    pytest.param(
        seen_of(4, LATE_FACTOR, feeds_pulled=True), POLICY, CALM, 4, LimitedBy.PULL_MODE, id="feeds are pulled"
    ),
    pytest.param(
        seen_of(9, LATE_FACTOR, foreign_scaler="kubectl"),
        POLICY,
        CALM,
        9,
        LimitedBy.FOREIGN_SCALER,
        id="another scaler",
    ),
    pytest.param(
        seen_of(0, LATE_FACTOR, foreign_scaler="kubectl"), POLICY, CALM, 1, LimitedBy.MIN, id="another scaler at none"
    ),
    pytest.param(
        seen_of(3, LATE_FACTOR, held_by="demo-backlog"), POLICY, CALM, 3, LimitedBy.RUNBOOK, id="held by a runbook"
    ),
    pytest.param(
        seen_of(1, IDLE, held_by="demo-backlog", floor=4),
        POLICY,
        CALM,
        4,
        LimitedBy.RUNBOOK,
        id="a runbook asks for a floor",
    ),
    pytest.param(
        seen_of(1, IDLE, held_by="demo-backlog", floor=9),
        POLICY,
        CALM,
        6,
        LimitedBy.RUNBOOK,
        id="a runbook asks for more than the maximum",
    ),
]
