import math
import re

import pytest
from msgspec.structs import replace

from photo_operator.scaling.decide import decide
from photo_operator.scaling.model import Flow, LimitedBy, Memory, Move, Observation, Policy, Scheduled, Service
from tests.support.lags import flows_of
from tests.unit.operator.scaling.cases import (
    CALM,
    CASES,
    HOT,
    IDLE,
    LATE_FACTOR,
    LAUNCH,
    PARTLY_STUCK,
    POLICY,
    STANDING,
    moved,
    wished,
)
from tests.unit.operator.scaling.group import NOW, follow, seen_of


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
        pytest.param(Memory(moves=(moved(3.4, 1, 2),)), 2, id="workers there, still rebalancing"),
        pytest.param(Memory(moves=(moved(3.5, 1, 2),)), 4, id="workers there, rebalanced"),
        pytest.param(
            Memory(moves=(moved(3.5, 1, 2),), rebalance_seconds=4.0), 2, id="workers there, slow to rebalance"
        ),
    ],
)
def test_nothing_rises_until_the_last_move_has_settled(memory: Memory, replicas: int) -> None:
    assert decide(seen_of(2, flows_of(400)), POLICY, memory).replicas == replicas


REGRETTED = (moved(300, 4, 3), moved(200, 3, 4))


@pytest.mark.parametrize(
    ("memory", "replicas"),
    [
        pytest.param(Memory(), 12, id="not wished before"),
        pytest.param(Memory(wanted=wished(1, 29.0)), 12, id="wished for 29 s"),
        pytest.param(Memory(wanted=wished(1, 30.0)), 9, id="wished for 30 s"),
        pytest.param(Memory(wanted=(*wished(1, 60.0), (NOW - 29, 11))), 11, id="a higher wish within 30 s"),
        pytest.param(Memory(wanted=((NOW - 31, 12), *wished(1, 30.0))), 9, id="a higher wish longer ago"),
        pytest.param(Memory(wanted=wished(1), moves=(moved(9, 13, 12),)), 12, id="9 s after a fall"),
        pytest.param(Memory(wanted=wished(1), moves=(moved(10, 13, 12),)), 9, id="10 s after a fall"),
        pytest.param(
            Memory(wanted=wished(1), moves=(Move(NOW - 20, 13, 12),)), 12, id="after a fall that is still going on"
        ),
        pytest.param(
            Memory(wanted=wished(1, 59.0), moves=REGRETTED), 12, id="after a fall that was reverted, for 59 s"
        ),
        pytest.param(Memory(wanted=wished(1, 60.0), moves=REGRETTED), 9, id="after a fall that was reverted, for 60 s"),
    ],
)
def test_workers_go_by_a_quarter_after_fewer_have_done_for_long_enough(memory: Memory, replicas: int) -> None:
    assert decide(seen_of(12), Policy(1, 12, 10), memory).replicas == replicas


@pytest.mark.parametrize(("before", "after"), [(12, 9), (7, 6), (5, 4), (3, 2), (2, 1), (1, 1)])
def test_a_step_down_takes_a_quarter_and_at_least_one(before: int, after: int) -> None:
    assert decide(seen_of(before), Policy(1, 12, 10), CALM).replicas == after


def test_a_number_that_was_wanted_until_just_now_counts() -> None:
    assert decide(seen_of(12), Policy(1, 12, 10), Memory(wanted=((NOW - 30, 11), (NOW - 1, 1)))).replicas == 11


def test_an_event_below_the_minimum_raises_nothing() -> None:
    decision = decide(seen_of(0), Policy(2, 6, 10, Scheduled(1, "launch")), Memory())
    assert (decision.replicas, decision.limited_by) == (2, LimitedBy.MIN)


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
