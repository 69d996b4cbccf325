"""Rates and ages, held against partitions whose every message is known."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_operator.engines.lag import Lag, Offsets, Sample
from photo_operator.scaling.flows import REMEMBERED_SECONDS, build_flows, is_continued
from photo_operator.scaling.model import Flow

COUNT_SECONDS = 2.5


def _sample(at: float, *pairs: tuple[int, int]) -> Sample:
    return Sample(at, Lag(tuple(Offsets(number, *pair) for number, pair in enumerate(pairs))))


def _flow(*samples: Sample, now: float | None = None) -> Flow:
    return build_flows(samples, samples[-1].at if now is None else now)[0]


@pytest.mark.parametrize(
    ("after", "continued"),
    [
        pytest.param(_sample(5, (10, 5), (10, 10)), True, id="the same count"),
        pytest.param(_sample(5, (12, 9), (11, 10)), True, id="both go on"),
        pytest.param(_sample(5, (12, 0), (11, 10)), True, id="a group that was set back still reads the same"),
        pytest.param(_sample(5, (10, 50), (10, 10)), True, id="committed beyond its end"),
        pytest.param(_sample(5, (5_000_010, 5), (10, 10)), True, id="a million a second"),
        pytest.param(_sample(5, (5_000_011, 5), (10, 10)), False, id="more than a million a second"),
        pytest.param(_sample(0.1, (1_000_010, 5), (10, 10)), True, id="a million within a fraction of a second"),
        pytest.param(
            _sample(0.1, (1_000_011, 5), (10, 10)), False, id="more than a million within a fraction of a second"
        ),
        pytest.param(_sample(5, (10, -1), (10, 10)), False, id="a negative commit"),
        pytest.param(_sample(5, (10, 5), (10, -1001)), False, id="a commit far below zero"),
        pytest.param(_sample(5, (-1, 0), (10, 10)), False, id="a negative end"),
        pytest.param(_sample(5, (9, 5), (10, 10)), False, id="an end that went back"),
        pytest.param(_sample(5, (10, 5)), False, id="a partition less"),
        pytest.param(_sample(5, (10, 5), (10, 10), (0, 0)), False, id="a partition more"),
        pytest.param(Sample(5, Lag((Offsets(1, 10, 5), Offsets(0, 10, 10)))), False, id="partitions in another order"),
    ],
)
def test_a_count_goes_on_from_another_of_the_same_partitions(after: Sample, *, continued: bool) -> None:
    assert is_continued(_sample(0, (10, 5), (10, 10)), after) is continued


def test_one_count_knows_lags_and_no_rates() -> None:
    assert build_flows([_sample(0, (10, 4), (7, 7))], 3.0) == (Flow(0, 6, oldest=3.0, stalled_seconds=3.0), Flow(1, 0))


def test_rates_are_differences_over_the_last_seconds_of_each_partition() -> None:
    samples = [_sample(0, (0, 0), (0, 0)), _sample(8, (900, 800), (0, 0)), _sample(20, (1020, 824), (12, 6))]
    first, second = build_flows(samples, 20.0)
    assert (first.arrival, first.service) == (10.0, 2.0)
    assert (second.arrival, second.service) == (1.0, 0.5)


@pytest.mark.parametrize(("came", "arrival"), [(10, 10 / 12), (9, 19 / 27)])
def test_rates_of_few_messages_are_over_a_longer_time(came: int, arrival: float) -> None:
    samples = [_sample(0, (0, 0), (0, 0)), _sample(15, (10, 0), (10, 0)), _sample(27, (10 + came, 0), (20, 0))]
    first, second = build_flows(samples, 27.0)
    assert (first.arrival, second.arrival) == (arrival, (10 / 12 if came == 10 else 20 / 27))


def test_where_few_messages_came_in_all_rates_are_over_what_is_remembered() -> None:
    samples = [_sample(at, (at // 20, at // 30), (0, 0)) for at in range(0, 121, 5)]
    first, second = build_flows(samples, 120.0)
    assert (first.arrival, first.service) == (6 / 120, 4 / 120)
    assert (second.arrival, second.service) == (0.0, 0.0)


def test_counts_in_the_same_moment_make_no_rate() -> None:
    flow = _flow(_sample(0, (0, 0)), _sample(0.5, (100, 50)))
    assert (flow.arrival, flow.service) == (0.0, 0.0)


def test_a_group_that_was_set_back_does_no_negative_work() -> None:
    assert _flow(_sample(0, (100, 80)), _sample(10, (100, 20))).service == 0.0


def test_a_partition_committed_beyond_its_end_has_no_lag() -> None:
    assert _flow(_sample(0, (5, 9))) == Flow(0, 0)


def test_ages_count_on_between_counts() -> None:
    samples = (_sample(0, (5, 5)), _sample(5, (9, 5)))
    assert (_flow(*samples, now=5.0).oldest, _flow(*samples, now=9.0).oldest) == (0.0, 4.0)


def test_a_partition_stands_still_since_its_last_commit() -> None:
    samples = [_sample(at, (at + 100, 50 if at >= 10 else 40)) for at in range(0, 60, 5)]
    assert _flow(*samples).stalled_seconds == 45.0


def test_without_lag_nothing_stands_still() -> None:
    samples = [_sample(at, (7, 7)) for at in range(0, 60, 5)]
    assert _flow(*samples).stalled_seconds == 0.0
    assert _flow(*samples, _sample(60, (8, 7))).stalled_seconds == 0.0


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=40))
def test_no_message_is_called_older_than_it_is_nor_younger_than_counts_can_tell(steps: list[tuple[int, int]]) -> None:
    waiting: deque[float] = deque()
    samples = [_sample(0.0, (0, 0))]
    now, produced, committed, moved_at = 0.0, 0, 0, 0.0
    for arrived, possible in steps:
        now += COUNT_SECONDS
        done = min(possible, len(waiting))
        moved_at = now if done or not waiting else moved_at
        waiting.extend([now] * arrived)
        for _ in range(done):
            waiting.popleft()
        produced, committed = produced + arrived, committed + done
        samples.append(_sample(now, (produced, committed)))
        flow = _flow(*(sample for sample in samples if now - sample.at <= REMEMBERED_SECONDS))
        assert flow.lag == len(waiting)
        assert flow.oldest == (now - waiting[0] if waiting else 0.0)
        assert flow.stalled_seconds == (now - moved_at if waiting else 0.0)
