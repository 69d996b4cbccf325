"""The rules of KEDA's Kafka scaler as kedacore/keda has them in code and page; numbers are worked out by hand."""

import pytest

from bench.scaling.peers.keda import (
    Activity,
    Fallback,
    FallbackBehavior,
    Metric,
    ScaledObject,
    Trigger,
    cap,
    count_poll,
    count_sync,
    even_consumers,
    fall_back,
    measure,
    request_scale,
)


@pytest.mark.parametrize(
    ("trigger", "lags", "expected"),
    [
        (Trigger(), (3, 4), 7),
        (Trigger(), (500, 0), 20),  # two partitions can keep two consumers busy, at a threshold of 10
        (Trigger(), (29, 0), 29),  # 29 / 10 is 2 in integers, which is not more than two
        (Trigger(), (30, 0), 20),
        (Trigger(allow_idle_consumers=True), (500, 0), 500),
        (Trigger(limit_to_partitions_with_lag=True), (500, 0, 0, 0), 10),
        (Trigger(allow_idle_consumers=True, limit_to_partitions_with_lag=True), (500, 5, 0, 0), 20),
        (Trigger(ensure_even_distribution_of_partitions=True), (25, 0, 0, 0, 0, 0), 30),
        (Trigger(ensure_even_distribution_of_partitions=True), (31, 0, 0, 0, 0, 0), 60),
        (Trigger(lag_threshold=100), (500, 0), 200),
    ],
)
def test_the_total_lag_asks_for_no_more_consumers_than_can_have_a_partition(
    trigger: Trigger, lags: tuple[int, ...], expected: int
) -> None:
    assert cap(trigger, lags) == expected


@pytest.mark.parametrize(("total", "expected"), [(0, 1), (10, 1), (11, 2), (21, 5), (51, 10), (5000, 10)])
def test_even_consumers_divide_the_partitions(total: int, expected: int) -> None:
    assert even_consumers(total, partitions=10, threshold=10) == expected


def test_the_lag_is_what_was_produced_and_not_committed() -> None:
    assert measure(Trigger(), (30, 8), (25, 4), ()) == Metric(9, 9)


@pytest.mark.parametrize(("to_zero", "expected"), [(False, 1), (True, 0)])
def test_a_partition_without_a_commit_counts_as_one_message(to_zero: bool, expected: int) -> None:  # noqa: FBT001
    trigger = Trigger(scale_to_zero_on_invalid_offset=to_zero)
    assert measure(trigger, (30,), (-1,), (-1,)) == Metric(expected, expected)


def test_a_lag_that_is_not_worked_on_counts_for_activity_alone() -> None:
    trigger = Trigger(exclude_persistent_lag=True)
    assert measure(trigger, (30, 30), (25, 26), ()) == Metric(9, 9)
    assert measure(trigger, (30, 30), (25, 27), (25, 26)) == Metric(3, 8)


@pytest.mark.parametrize(
    ("fallback", "failures", "replicas", "expected"),
    [
        (None, 99, 5, None),
        (Fallback(3, 6), 3, 5, None),
        (Fallback(3, 6), 4, 5, 60.0),
        (Fallback(3, 6, FallbackBehavior.CURRENT), 4, 5, 50.0),
        (Fallback(3, 6, FallbackBehavior.CURRENT_IF_HIGHER), 4, 5, 60.0),
        (Fallback(3, 6, FallbackBehavior.CURRENT_IF_HIGHER), 4, 9, 90.0),
        (Fallback(3, 6, FallbackBehavior.CURRENT_IF_LOWER), 4, 9, 60.0),
    ],
)
def test_after_failures_in_a_row_the_metric_of_the_fallback_is_told(
    fallback: Fallback | None, failures: int, replicas: int, expected: float | None
) -> None:
    assert fall_back(fallback, failures, 10, replicas) == expected


@pytest.mark.parametrize(("is_reached", "expected"), [(True, [1, 2, 3]), (False, [1, 1, 1])])
def test_a_kafka_that_is_not_reached_counts_as_one_failure(is_reached: bool, expected: list[int]) -> None:  # noqa: FBT001
    failures = [0]
    for _ in expected:
        failures.append(count_sync(failures[-1], is_reached=is_reached))
    assert failures[1:] == expected


@pytest.mark.parametrize(
    ("minimum", "failures", "expected"),
    [
        (0, 0, 1),
        (0, 2, 3),
        (1, 0, 0),  # the HPA has been told a metric, which the poll takes
        (1, 2, 3),
    ],
)
def test_a_poll_that_fails_counts_unless_it_takes_what_the_hpa_was_told(
    minimum: int, failures: int, expected: int
) -> None:
    assert count_poll(ScaledObject(min=minimum), failures) == expected


def test_a_poll_that_does_not_reach_kafka_counts_no_more_than_a_sync() -> None:
    assert count_poll(ScaledObject(min=1), 1, is_reached=False) == 1


@pytest.mark.parametrize(
    ("minimum", "replicas", "activity", "expected"),
    [
        (0, 0, Activity(1000, is_active=True), 1),
        (3, 0, Activity(1000, is_active=True), 3),
        (0, 0, Activity(1000, is_active=False), 0),
        (0, 4, Activity(1000, is_active=False, last_active=701), 4),  # inactive, but not yet for the cooldown
        (0, 4, Activity(1000, is_active=False, last_active=699), 0),
        (2, 4, Activity(1000, is_active=False), 4),  # with a minimum the rest is the HPA's
        (2, 1, Activity(1000, is_active=False), 2),
        (0, 4, Activity(1000, is_active=True, last_active=1000), 4),
        (0, 4, Activity(1000, is_active=None), 4),  # a metric that fails moves nothing
        (2, 1, Activity(1000, is_active=None), 1),
    ],
)
def test_between_none_and_the_first_activity_decides(
    minimum: int, replicas: int, activity: Activity, expected: int
) -> None:
    assert request_scale(ScaledObject(min=minimum), replicas, activity) == expected
