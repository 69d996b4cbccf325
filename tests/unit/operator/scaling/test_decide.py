import math
import re

import pytest
from msgspec.structs import replace

from photo_operator.scaling.decide import STANDSTILL_SECONDS, decide
from photo_operator.scaling.model import Ceiling, Flow, LimitedBy, Memory, Move, Observation, Policy, Scheduled, Service
from tests.support.lags import flows_of
from tests.unit.operator.scaling.group import NOW, follow, seen_of

POLICY = Policy(1, 6, 10)
LAUNCH = Policy(1, 6, 10, Scheduled(4, "launch (until 20:00)"))
LATE_FACTOR, IDLE = flows_of(300), flows_of(0)
HOT = (Flow(0, 900), *(Flow(number, 0) for number in range(1, 5)), Flow(5, 80), Flow(6, 0), Flow(7, 0))
SIDE_BY_SIDE = (Flow(0, 900), Flow(1, 40), *(Flow(number, 0) for number in range(2, 8)))
STANDING = tuple(Flow(number, 90, arrival=1.0, stalled_seconds=STANDSTILL_SECONDS) for number in range(4))
PARTLY_STUCK = (Flow(0, 900, stalled_seconds=98.0), *(Flow(number, 10, service=1.0) for number in range(1, 8)))
SATURATED = flows_of(900, arrival=20.0, service=17.0)


def _decide_by_need(ago: float, before: int, after: int) -> Move:
    """Return a move whose workers came at once."""
    return Move(NOW - ago, before, after, NOW - ago, learned=True)


def _wished(number: int, seconds: float = 30.0) -> tuple[tuple[float, int], ...]:
    """Return wishes of so many seconds for a number."""
    return tuple((NOW - ago, number) for ago in (seconds, seconds / 2, 1.0))


SETTLING = Memory(moves=(Move(NOW - 5, 1, 2),))
CALM = Memory(wanted=_wished(1))
SATURATED_BY_ARRIVALS = Service(10.0, 1.0, 500.0)
RISEN = Memory(moves=(replace(_decide_by_need(20, 2, 4), throughput=20.0, per_worker=10.0, handled=400.0),))
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


@pytest.mark.parametrize(("seen", "policy", "memory", "replicas", "limit"), CASES)
def test_decisions(seen: Observation, policy: Policy, memory: Memory, replicas: int, limit: LimitedBy) -> None:
    decision = decide(seen, policy, memory)
    assert (decision.replicas, decision.limited_by) == (replicas, limit)


def test_the_cases_know_every_limit() -> None:
    assert {case.values[-1] for case in CASES} == set(LimitedBy)


@pytest.mark.parametrize(("busy", "oldest", "replicas"), [(0.69, 4.9, 1), (0.7, 0.0, 3), (0.0, 5.0, 3)])
def test_workers_that_are_neither_busy_nor_late_are_not_helped(busy: float, oldest: float, replicas: int) -> None:
    flows = (replace(LATE_FACTOR[0], oldest=oldest), *LATE_FACTOR[1:])
    assert decide(seen_of(1, flows, service=Service(10.0, busy)), POLICY, Memory()).replicas == replicas


@pytest.mark.parametrize(
    ("memory", "replicas"),
    [
        pytest.param(Memory(moves=(Move(NOW - 59, 1, 2),)), 2, id="workers not there for 59 s"),
        pytest.param(Memory(moves=(Move(NOW - 60, 1, 2),)), 4, id="workers not there for 60 s"),
        pytest.param(Memory(moves=(_decide_by_need(3.4, 1, 2),)), 2, id="workers there, still rebalancing"),
        pytest.param(Memory(moves=(_decide_by_need(3.5, 1, 2),)), 4, id="workers there, rebalanced"),
        pytest.param(
            Memory(moves=(_decide_by_need(3.5, 1, 2),), rebalance_seconds=4.0), 2, id="workers there, slow to rebalance"
        ),
    ],
)
def test_nothing_rises_until_the_last_move_has_settled(memory: Memory, replicas: int) -> None:
    assert decide(seen_of(2, flows_of(400)), POLICY, memory).replicas == replicas


REGRETTED = (_decide_by_need(300, 4, 3), _decide_by_need(200, 3, 4))


@pytest.mark.parametrize(
    ("memory", "replicas"),
    [
        pytest.param(Memory(), 12, id="not wished before"),
        pytest.param(Memory(wanted=_wished(1, 29.0)), 12, id="wished for 29 s"),
        pytest.param(Memory(wanted=_wished(1, 30.0)), 9, id="wished for 30 s"),
        pytest.param(Memory(wanted=(*_wished(1, 60.0), (NOW - 29, 11))), 11, id="a higher wish within 30 s"),
        pytest.param(Memory(wanted=((NOW - 31, 12), *_wished(1, 30.0))), 9, id="a higher wish longer ago"),
        pytest.param(Memory(wanted=_wished(1), moves=(_decide_by_need(9, 13, 12),)), 12, id="9 s after a fall"),
        pytest.param(Memory(wanted=_wished(1), moves=(_decide_by_need(10, 13, 12),)), 9, id="10 s after a fall"),
        pytest.param(
            Memory(wanted=_wished(1), moves=(Move(NOW - 20, 13, 12),)), 12, id="after a fall that is still going on"
        ),
        pytest.param(
            Memory(wanted=_wished(1, 59.0), moves=REGRETTED), 12, id="after a fall that was reverted, for 59 s"
        ),
        pytest.param(
            Memory(wanted=_wished(1, 60.0), moves=REGRETTED), 9, id="after a fall that was reverted, for 60 s"
        ),
    ],
)
def test_workers_go_by_a_quarter_after_fewer_have_done_for_long_enough(memory: Memory, replicas: int) -> None:
    assert decide(seen_of(12), Policy(1, 12, 10), memory).replicas == replicas


@pytest.mark.parametrize(("before", "after"), [(12, 9), (7, 6), (5, 4), (3, 2), (2, 1), (1, 1)])
def test_a_step_down_takes_a_quarter_and_at_least_one(before: int, after: int) -> None:
    assert decide(seen_of(before), Policy(1, 12, 10), CALM).replicas == after


def test_no_worker_goes_whom_the_drain_needs() -> None:
    assert decide(seen_of(4, flows_of(295)), POLICY, CALM).replicas == 3
    assert decide(seen_of(4, flows_of(306)), POLICY, CALM).replicas == 4


def test_a_hot_partition_keeps_no_workers_that_idle() -> None:
    seen, memory = seen_of(12, HOT), Memory()
    while seen.now < NOW + 300:
        decision, memory = follow(seen, Policy(1, 12, 10), memory)
        seen = replace(seen, now=seen.now + 5, replicas=decision.replicas, ready=decision.replicas)
    assert (seen.replicas, decision.limited_by) == (2, LimitedBy.HOT_PARTITION)


def test_a_scheduled_fall_is_told_as_one() -> None:
    down = decide(seen_of(6), LAUNCH, CALM)
    assert (down.replicas, down.limited_by) == (5, LimitedBy.SCHEDULED)
    assert down.explanation.endswith("would do: down to 5")
    outside = decide(seen_of(9), LAUNCH, CALM)
    assert (outside.replicas, outside.limited_by) == (6, LimitedBy.MAX)
    assert "up to" not in outside.explanation
    above = decide(seen_of(9), Policy(1, 6, 10, Scheduled(6, "launch")), CALM)
    assert (above.replicas, above.explanation) == (6, "9 is outside of 6..6: 6")


def test_a_hot_partition_is_named_with_its_key_and_gets_no_workers() -> None:
    cool = tuple(replace(flow, lag=min(flow.lag, 100)) for flow in HOT)
    hot = decide(seen_of(1, HOT, hot_key="author-7"), POLICY, Memory())
    assert "partition 0 (most of it author-7) asks for 9.0 and can have one" in hot.explanation
    assert hot.wanted == decide(seen_of(1, cool), POLICY, Memory()).wanted


def test_a_stuck_partition_is_named_and_left_out() -> None:
    decision = decide(seen_of(1, PARTLY_STUCK), POLICY, Memory())
    assert "partition 0 has not moved for 98 s with lag 900: left out" in decision.explanation


@pytest.mark.parametrize(
    ("flows", "replicas"),
    [
        pytest.param(STANDING, 1, id="all stand still"),
        pytest.param((replace(STANDING[0], stalled_seconds=14.0), *STANDING[1:]), 4, id="one for less than 15 s"),
        pytest.param((replace(STANDING[0], service=0.1), *STANDING[1:]), 4, id="one is served a little"),
        pytest.param((*STANDING[:2], Flow(2, 0), Flow(3, 0)), 1, id="half of four stand still"),
        pytest.param(
            (STANDING[0], Flow(1, 0), Flow(2, 0), replace(STANDING[1], number=3)),
            1,
            id="two of four stand still, apart",
        ),
        pytest.param(
            (STANDING[0], Flow(1, 0), Flow(2, 0), replace(STANDING[1], number=3), Flow(4, 0)),
            2,
            id="two of five stand still",
        ),
    ],
)
def test_a_group_of_which_much_waits_and_that_takes_nothing_is_held(flows: tuple[Flow, ...], replicas: int) -> None:
    assert decide(seen_of(1, flows), POLICY, Memory()).replicas == replicas


def test_a_scheduled_event_is_named() -> None:
    assert decide(seen_of(1), LAUNCH, Memory()).explanation == "launch (until 20:00): up to 4"


def test_a_lag_may_ask_for_more_than_a_scheduled_event() -> None:
    assert decide(seen_of(4, flows_of(600)), LAUNCH, Memory(start_seconds=1.0)).replicas == 6


CALCULATION = re.compile(
    r"\(([\d.]+)/s \+ \(?(\d+)(?: \+ (\d+) by then\))? / (\d+) s\) / ([\d.]+)/s a worker = ([\d.]+): "
    r"(?:up to )?(\d+)"
)
CARRIED = re.compile(r"([\d.]+)/s / ([\d.]+)/s a worker at (\d+)% = ([\d.]+): (?:up to )?(\d+)")


@pytest.mark.parametrize(
    ("lag", "arrival", "done", "rate"),
    [
        (300, 0.0, 0.0, 10.0),
        (300, 20.0, 20.0, 10.0),
        (46, 2.0, 2.0, 2.0),
        (120, 30.0, 30.0, 9.0),
        (220, 20.0, 10.0, 10.0),
        (47, 3.0, 1.0, 2.0),
    ],
)
def test_the_numbers_of_an_explanation_give_the_answer_by_hand(
    lag: int, arrival: float, done: float, rate: float
) -> None:
    decision = decide(seen_of(1, flows_of(lag, arrival, done), service=Service(rate, 1.0)), POLICY, Memory())
    found = CALCULATION.fullmatch(decision.explanation)
    assert found is not None
    assert (found[3] is not None) == (arrival > done)
    arriving, waiting, coming, target, worker, asked, answer = (float(number or 0) for number in found.groups())
    assert (arriving + (waiting + coming) / target) / worker == pytest.approx(asked, abs=0.05)
    assert math.ceil(asked) == answer == decision.replicas


def test_the_numbers_of_what_carries_the_arrivals_do_so_too() -> None:
    decision = decide(seen_of(4, flows_of(0, arrival=30.0, service=30.0)), POLICY, CALM)
    found = CARRIED.fullmatch(decision.explanation)
    assert found is not None
    arriving, worker, percent, asked, answer = map(float, found.groups())
    assert arriving / worker / percent * 100 == pytest.approx(asked, abs=0.05)
    assert math.ceil(asked) == answer == decision.replicas


@pytest.mark.parametrize(
    ("flows", "seconds"),
    [
        pytest.param(IDLE, 5.0, id="no lag"),
        pytest.param(flows_of(1), 1.0, id="a little lag"),
        pytest.param(LATE_FACTOR, 1.0, id="much lag"),
        pytest.param(None, 5.0, id="lag unknown"),
    ],
)
def test_a_lag_is_looked_at_more_often_than_none(flows: tuple[Flow, ...] | None, seconds: float) -> None:
    assert decide(seen_of(3, flows), POLICY, Memory()).next_check == seconds
