import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from photo_operator.scaling.model import Ceiling, Flow, LimitedBy, Memory, Observation, Policy, Scheduled, Service
from photo_operator.scaling.need import (
    BACKLOG_OVERLOAD,
    LONGEST_STUCK_SECONDS,
    STEADY_OVERLOAD,
    STUCK_SECONDS,
    Need,
    assign_ranges,
    build_need,
    drain_seconds,
    fewest_workers,
    is_plausible,
    rounded,
)
from tests.support.lags import flows_of

POLICY = Policy(1, 6, 10)


def _need(
    flows: tuple[Flow, ...], policy: Policy = POLICY, ceiling: Ceiling | None = None, backlog_weight: float = 1.0
) -> Need:
    seen = Observation(100.0, 2, 2, flows, Service(10.0, 1.0), backlog_weight=backlog_weight, hot_key="author-7")
    return build_need(seen, policy, Memory(), ceiling)


@pytest.mark.parametrize(
    ("flows", "wanted"),
    [
        pytest.param(flows_of(0), 1, id="nothing"),
        pytest.param(flows_of(100), 1, id="as much as one does"),
        pytest.param(flows_of(104), 1, id="a fraction of a worker more is ignored"),
        pytest.param(flows_of(110), 2, id="a tenth of a worker more"),
        pytest.param(flows_of(300, arrival=20.0, service=20.0), 5, id="lag and arrivals"),
        pytest.param(flows_of(300, arrival=20.0, service=10.0), 6, id="a lag that grows until more workers are there"),
        pytest.param(flows_of(0, arrival=20.0, service=10.0), 3, id="arrivals without a lag do not grow one"),
        pytest.param(flows_of(0, arrival=16.0, service=16.0), 2, id="arrivals at four fifths of two"),
        pytest.param(flows_of(0, arrival=17.0, service=17.0), 3, id="arrivals above four fifths of two"),
        pytest.param(flows_of(2100), 21, id="a large lag"),
        pytest.param(flows_of(3000, partitions=4), 4, id="no more than partitions"),
        pytest.param(flows_of(150, partitions=4), 2, id="two partitions each"),
        pytest.param(flows_of(280, partitions=4), 3, id="one of three workers has two partitions: 14 s"),
        pytest.param(flows_of(284, partitions=4), 4, id="one of three workers would have too much"),
        pytest.param(flows_of(0, 18.4, 18.4, partitions=4), 3, id="arrivals dealt to three of four partitions"),
        pytest.param(flows_of(0, 18.5, 18.5, partitions=4), 4, id="arrivals too many for three of four partitions"),
        pytest.param((Flow(0, 3000), Flow(1, 50), Flow(2, 0)), 2, id="a hot partition counts for one"),
        pytest.param((Flow(0, 0, arrival=30.0), Flow(1, 0)), 1, id="arrivals of one partition count for one"),
    ],
)
def test_workers_that_a_lag_asks_for(flows: tuple[Flow, ...], wanted: int) -> None:
    assert _need(flows).wanted == wanted


@pytest.mark.parametrize(
    ("wanted", "policy", "ceiling", "target", "limit"),
    [
        pytest.param(3, POLICY, None, 3, LimitedBy.NONE, id="within the bounds"),
        pytest.param(1, Policy(2, 6, 10), None, 2, LimitedBy.MIN, id="the minimum"),
        pytest.param(1, Policy(1, 6, 10, Scheduled(4, "launch")), None, 4, LimitedBy.SCHEDULED, id="an event"),
        pytest.param(
            1, Policy(2, 6, 10, Scheduled(1, "launch")), None, 2, LimitedBy.MIN, id="an event below the minimum"
        ),
        pytest.param(5, Policy(1, 6, 10, Scheduled(4, "launch")), None, 5, LimitedBy.NONE, id="more than an event"),
        pytest.param(9, POLICY, None, 6, LimitedBy.MAX, id="the maximum"),
        pytest.param(9, Policy(10, 20, 10), None, 10, LimitedBy.MIN, id="a minimum above the need"),
        pytest.param(9, POLICY, Ceiling(3, 999.0, "3 did more"), 3, LimitedBy.DOWNSTREAM_SATURATED, id="a ceiling"),
        pytest.param(2, POLICY, Ceiling(3, 999.0, "3 did more"), 2, LimitedBy.NONE, id="below a ceiling"),
        pytest.param(
            9,
            Policy(4, 6, 10),
            Ceiling(3, 999.0, "3 did more"),
            4,
            LimitedBy.DOWNSTREAM_SATURATED,
            id="a ceiling below the minimum",
        ),
    ],
)
def test_bounds(wanted: int, policy: Policy, ceiling: Ceiling | None, target: int, limit: LimitedBy) -> None:
    need = _need(flows_of(wanted * 100, partitions=16), policy, ceiling)
    assert (need.target, need.limited_by) == (target, limit)


def test_a_ceiling_is_told_with_its_reason() -> None:
    assert "but 6 did less than 3" in _need(flows_of(600), ceiling=Ceiling(3, 999.0, "6 did less than 3")).sentence


def test_a_hot_partition_is_named_with_what_it_is_about() -> None:
    need = _need((Flow(0, 10), Flow(1, 300), *(Flow(number, 0) for number in range(2, 8))))
    assert need.limited_by is LimitedBy.HOT_PARTITION
    assert "partition 1 (most of it author-7) asks for 3.0 and can have one: 1.1" in need.sentence


def test_a_partition_that_nobody_takes_further_is_left_out_and_named() -> None:
    need = _need((Flow(0, 90, stalled_seconds=1.0), Flow(1, 905, arrival=5.0, stalled_seconds=50.5)))
    assert (need.wanted, need.lag, need.arrival, need.limited_by) == (1, 90, 0.0, LimitedBy.STUCK_PARTITION)
    assert "partition 1 has not moved for 50 s with lag 905: left out" in need.sentence


@pytest.mark.parametrize(
    ("rate", "ready", "lag", "patience"),
    [
        (100.0, 1, 900, STUCK_SECONDS),
        (10.0, 1, 900, 90.5),  # what its worker has before it, and some turns
        (10.0, 3, 900, 30.5),
        (10.0, 0, 900, 90.5),
        (0.1, 4, 16, 90.0),  # jobs of ten seconds
        (0.05, 4, 16, LONGEST_STUCK_SECONDS),
        (0.0, 4, 16, STUCK_SECONDS),
    ],
)
def test_a_partition_may_lag_for_longer_where_messages_take_long(
    rate: float, ready: int, lag: int, patience: float
) -> None:
    flows = (Flow(0, lag, stalled_seconds=patience), Flow(1, 0))
    for still, left_out in ((patience - 0.1, False), (patience, True)):
        seen = Observation(100.0, 4, ready, (replace(flows[0], stalled_seconds=still), flows[1]), Service(rate, 1.0))
        assert (build_need(seen, POLICY, Memory(), None).limited_by is LimitedBy.STUCK_PARTITION) is left_out


def test_where_each_partition_asks_for_a_worker_there_are_no_more_to_add() -> None:
    need = _need(flows_of(3000, partitions=4), Policy(1, 9, 10))
    assert (need.wanted, need.target, need.limited_by) == (4, 4, LimitedBy.PARTITIONS)
    assert _need(flows_of(400, partitions=4)).limited_by is LimitedBy.PARTITIONS
    assert _need(flows_of(396, partitions=4)).limited_by is LimitedBy.NONE
    assert _need(flows_of(3000, partitions=8)).limited_by is LimitedBy.MAX


def test_a_hot_partition_counts_as_what_one_worker_does() -> None:
    need = _need((Flow(0, 350, arrival=5.0, service=5.0), Flow(1, 50), Flow(2, 0), Flow(3, 0)))
    assert [(flow.lag, flow.arrival) for flow in need.flows] == [(87, 1.25), (50, 0.0), (0, 0.0), (0, 0.0)]
    assert need.drain_with(2) == pytest.approx(137 / (10 - 1.25))  # a range has both
    assert need.drain_with(4) == pytest.approx(87 / (10 - 1.25))


@pytest.mark.parametrize(
    ("values", "workers", "dealt"),
    [
        ([1, 2, 3, 4, 5], 1, [15]),
        ([1, 2, 3, 4, 5], 2, [6, 9]),
        ([1, 2, 3, 4, 5], 3, [3, 7, 5]),
        ([1, 2], 4, [1, 2, 0, 0]),
        ([1, 2], 0, [3]),
        ([], 2, [0, 0]),
    ],
)
def test_partitions_are_dealt_out_in_ranges(values: list[float], workers: int, dealt: list[float]) -> None:
    assert assign_ranges(values, workers) == dealt


@pytest.mark.parametrize(
    ("shares", "fullest", "number"),
    [
        ([0.35] * 8, BACKLOG_OVERLOAD, 3),  # 3, 3 and 2 of them
        ([0.4] * 8, BACKLOG_OVERLOAD, 4),
        ([0.7] * 4, BACKLOG_OVERLOAD, 3),
        ([0.71] * 4, BACKLOG_OVERLOAD, 4),
        ([0.6] * 4, STEADY_OVERLOAD, 4),
        ([9.0, 0.1, 0.1, 0.1], BACKLOG_OVERLOAD, 2),  # that it is not alone is no reason for four
        ([0.0, 0.0, 0.8, 0.0], BACKLOG_OVERLOAD, 1),
        ([0.7, 0.7, 0.0, 0.0], BACKLOG_OVERLOAD, 2),
        ([0.72, 0.72, 0.0, 0.0], BACKLOG_OVERLOAD, 4),  # three have both with one
        ([1.04, 0.0], BACKLOG_OVERLOAD, 1),
        ([2.0] * 3, BACKLOG_OVERLOAD, 3),
        ([], BACKLOG_OVERLOAD, 1),
    ],
)
def test_the_fewest_workers_of_which_none_has_too_much(shares: list[float], fullest: float, number: int) -> None:
    assert fewest_workers(shares, fullest) == number


@pytest.mark.parametrize(("target", "wanted", "told"), [(10, 4, "57%"), (40, 3, "80%"), (3600, 3, "80%")])
def test_where_a_message_takes_a_good_part_of_the_target_workers_shall_be_less_busy(
    target: int, wanted: int, told: str
) -> None:
    seen = Observation(100.0, 2, 2, flows_of(0, 0.8, 0.8), Service(0.4, 0.8))
    need = build_need(seen, Policy(1, 9, target), Memory(), None)
    assert need.wanted == wanted
    assert f"at {told} = " in need.sentence


def test_nothing_to_do_is_done_by_any_worker() -> None:
    need = build_need(Observation(100.0, 3, 3, flows_of(0), None), POLICY, Memory(), None)
    assert (need.wanted, need.target, need.limited_by) == (1, 1, LimitedBy.NONE)
    arriving = build_need(Observation(100.0, 3, 3, flows_of(0, 1.0), None), POLICY, Memory(), None)
    assert (arriving.target, arriving.limited_by) == (3, LimitedBy.MEASURING)


def test_what_will_have_come_is_told() -> None:
    assert "(20/s + (300 + 50 by then) / 10 s) / 10/s a worker = 5.5" in _need(flows_of(300, 20.0, 10.0)).sentence
    assert "(20/s + 300 / 10 s) / 10/s a worker = 5.0" in _need(flows_of(300, 20.0, 19.9)).sentence


@pytest.mark.parametrize(
    ("backlog_weight", "wanted", "told"), [(1.0, 2, False), (1.1, 3, False), (2.0, 4, True), (0.5, 1, True)]
)
def test_heavier_messages_ask_for_more_workers(backlog_weight: float, wanted: int, *, told: bool) -> None:
    need = _need(flows_of(200), backlog_weight=backlog_weight)
    assert (need.wanted, "times the work of what was done" in need.sentence) == (wanted, told)


@pytest.mark.parametrize(
    "service", [None, *(Service(rate) for rate in (0.0, -1.0, math.nan, math.inf))], ids=lambda found: str(found)
)
def test_without_a_rate_of_one_worker_nothing_is_asked_for(service: Service | None) -> None:
    need = build_need(Observation(100.0, 3, 3, flows_of(900), service), POLICY, Memory(), None)
    assert (need.target, need.limited_by, need.per_worker) == (3, LimitedBy.MEASURING, None)


@pytest.mark.parametrize("absurd", [math.nan, math.inf, -math.inf, -1.0, 1e13])
@pytest.mark.parametrize("field", ["arrival", "service", "oldest", "stalled_seconds"])
def test_numbers_that_no_group_has_are_known_as_such(field: str, absurd: float) -> None:
    assert is_plausible(Flow(0, 300, 1.0, 1.0, 1.0, 1.0))
    assert not is_plausible(replace(Flow(0, 300), **{field: absurd}))


@pytest.mark.parametrize("lag", [-1, 10**13, 2**63, 10**400])
def test_lags_that_no_group_has_are_known_as_such(lag: int) -> None:
    assert not is_plausible(Flow(0, lag))


@pytest.mark.parametrize(("workers", "seconds"), [(1, None), (2, None), (3, 30.0), (4, 80 / (10 - 16 / 3)), (5, 10.0)])
def test_a_lag_is_drained_by_what_arrivals_leave_to_the_worker_with_the_most(
    workers: int, seconds: float | None
) -> None:
    found = _need(flows_of(300, 20.0, 20.0, partitions=30)).drain_with(workers)
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(("workers", "full"), [(2, True), (3, False)])
def test_arrivals_alone_fill_few_workers(workers: int, *, full: bool) -> None:
    assert _need(flows_of(0, arrival=20.0)).fills(workers, 0.95) is full


def test_workers_are_full_at_exactly_their_part_and_never_where_nothing_is_measured() -> None:
    need = _need(flows_of(0, arrival=20.0))
    assert need.fills(2, 1.0)
    assert Need(1, 1, LimitedBy.MEASURING, "", None, (Flow(0, 0, arrival=0.5),)).fills(1, 1.0)


@given(st.floats(0, 1e9))
def test_rounded_numbers_are_near_and_stay_as_they_are(value: float) -> None:
    found = rounded(value)
    assert abs(found - value) <= max(0.05, 0.05 * value) + 1e-9
    assert rounded(found) == found


@pytest.mark.parametrize(
    ("lag", "capacity", "seconds"),
    [(0, None, 0), (0, 0.0, 0), (10, 3.0, 4), (10, 0.5, 20), (10, 0.001, 10_000), (10, 0.0, None), (10, None, None)],
)
def test_seconds_until_a_lag_is_gone(lag: int, capacity: float | None, seconds: int | None) -> None:
    assert drain_seconds(lag, capacity) == seconds
