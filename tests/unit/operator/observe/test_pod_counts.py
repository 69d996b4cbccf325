import bisect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.fakes.clock import FakeClock
from photo_core.telemetry.metrics import LATENCY_BUCKETS
from photo_operator.observe.feed_cache import WINDOW_SECONDS
from photo_operator.observe.pod_counts import PodCounts, PodSums, percentile
from photo_operator.observe.pods import PodReport, parse_report

BOUNDS = (*LATENCY_BUCKETS, LATENCY_BUCKETS[-1] * 2)


def histogram(*seconds: float) -> tuple[float, ...]:
    return (*(float(sum(each <= bound for each in seconds)) for bound in BOUNDS[:-1]), float(len(seconds)))


@given(st.lists(st.floats(0, 4.9), min_size=1, max_size=300))
def test_a_percentile_is_the_bound_above_the_true_one(seconds: list[float]) -> None:
    true = sorted(seconds)[max(0, -(-99 * len(seconds) // 100) - 1)]
    assert percentile(histogram(*seconds), 0.99) == BOUNDS[bisect.bisect_left(BOUNDS, true)]


def test_no_reads_have_no_percentile() -> None:
    assert percentile(histogram(), 0.99) is None
    assert percentile((), 0.99) is None


def test_nothing_is_known_where_no_pod_answers() -> None:
    counts = PodCounts(FakeClock())
    assert counts.sums() is None
    counts.take({"api": PodReport()})
    counts.take({})
    assert counts.sums() is None


def test_failures_of_all_pods_are_summed_over_the_window_from_their_second_report_on() -> None:
    clock = FakeClock()
    counts = PodCounts(clock)
    counts.take({"a": PodReport(database_failures=50, object_store_failures=9)})
    clock.advance(2)
    counts.take({"a": PodReport(database_failures=53, object_store_failures=9), "b": PodReport(database_failures=70)})
    clock.advance(2)
    counts.take({"a": PodReport(database_failures=2, object_store_failures=1), "b": PodReport(database_failures=71)})
    sums = counts.sums()
    assert sums is not None
    assert (sums.database_failures, sums.object_store_failures) == (3 + 2 + 1, 1)
    clock.advance(11)
    assert counts.sums() == PodSums()


SLOW, QUICK = [3.0] * 50, [0.004] * 10


@pytest.mark.parametrize("now", [[*SLOW, *QUICK], QUICK], ids=["went on", "began anew"])
def test_reads_count_since_the_last_report_even_if_the_pod_began_anew(now: list[float]) -> None:
    clock = FakeClock()
    counts = PodCounts(clock)
    counts.take({"a": PodReport(database_reads=histogram(*SLOW))})
    clock.advance(2)
    counts.take({"a": PodReport(database_reads=histogram(*now))})
    sums = counts.sums()
    assert sums is not None
    assert sums.database_read_p99 == 0.005


@pytest.mark.parametrize(
    ("stale", "current", "serves"),
    [
        pytest.param(0, 0, False, id="no page at all"),
        pytest.param(3, 0, True, id="stale pages alone"),
        pytest.param(3, 3, True, id="as many stale pages as others"),
        pytest.param(1, 9, False, id="a stale page among many"),
    ],
)
def test_feeds_are_stale_while_most_pages_of_the_window_were(stale: int, current: int, *, serves: bool) -> None:
    clock = FakeClock()
    counts = PodCounts(clock)
    counts.take({"a": PodReport(stale_pages=100), "b": PodReport(current_pages=100)})
    clock.advance(2)
    counts.take({"a": PodReport(stale_pages=100 + stale), "b": PodReport(current_pages=100 + current)})
    sums = counts.sums()
    assert sums is not None
    assert sums.serves_stale_feeds is serves
    clock.advance(WINDOW_SECONDS + 1)
    assert counts.sums() == PodSums()


def test_states_are_those_of_the_last_reports() -> None:
    counts = PodCounts(FakeClock())
    counts.take(
        {"a": PodReport(planned=100, planned_of_one=90, database_breaker_open=True), "b": PodReport(media_stuck=2)}
    )
    counts.take({"a": PodReport(planned=60, planned_of_one=30), "b": PodReport(planned=40, planned_of_one=35)})
    assert counts.sums() == PodSums(database_read_p99=0.0, planned=100, planned_of_one=35)


def test_a_page_of_metrics_is_read_with_its_labels() -> None:
    page = """# HELP database_read_seconds Time of one read.
database_read_seconds_bucket{le="0.002"} 1.0
database_read_seconds_bucket{le="+Inf"} 3.0
database_read_seconds_sum 4.5
engine_failures_total{engine="cassandra"} 7.0
engine_failures_total{engine="objectStorage"} 8.0
engine_failures_created{engine="cassandra"} 1.7e+09
engine_breaker_open{engine="cassandra"} 1.0
fanout_planned_last_minute 500.0
fanout_planned_last_minute_of_one 450.0
media_stuck 2.0
"""
    assert parse_report(page) == PodReport(
        database_failures=7,
        database_breaker_open=True,
        database_reads=(1, 3),
        object_store_failures=8,
        planned=500,
        planned_of_one=450,
        media_stuck=2,
    )
