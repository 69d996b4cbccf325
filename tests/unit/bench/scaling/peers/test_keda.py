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
        pytest.param(Trigger(), (3, 4), 7, id="less than the partitions allow"),
        pytest.param(Trigger(), (500, 0), 20, id="two partitions keep two consumers busy at a threshold of 10"),
        pytest.param(Trigger(), (29, 0), 29, id="29 / 10 is 2 in integers, which is not more than two"),
        pytest.param(Trigger(), (30, 0), 20, id="30 / 10 is more than two"),
        pytest.param(Trigger(allow_idle_consumers=True), (500, 0), 500, id="idle consumers allowed"),
        pytest.param(
            Trigger(limit_to_partitions_with_lag=True), (500, 0, 0, 0), 10, id="limited to partitions with lag"
        ),
        pytest.param(
            Trigger(allow_idle_consumers=True, limit_to_partitions_with_lag=True),
            (500, 5, 0, 0),
            20,
            id="idle consumers allowed and limited to partitions with lag",
        ),
        pytest.param(
            Trigger(ensure_even_distribution_of_partitions=True), (25, 0, 0, 0, 0, 0), 30, id="even distribution of 25"
        ),
        pytest.param(
            Trigger(ensure_even_distribution_of_partitions=True), (31, 0, 0, 0, 0, 0), 60, id="even distribution of 31"
        ),
        pytest.param(Trigger(lag_threshold=100), (500, 0), 200, id="another threshold"),
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
        pytest.param(None, 99, 5, None, id="no fallback"),
        pytest.param(Fallback(3, 6), 3, 5, None, id="as many failures as are borne"),
        pytest.param(Fallback(3, 6), 4, 5, 60.0, id="one failure more"),
        pytest.param(Fallback(3, 6, FallbackBehavior.CURRENT), 4, 5, 50.0, id="current replicas"),
        pytest.param(
            Fallback(3, 6, FallbackBehavior.CURRENT_IF_HIGHER),
            4,
            5,
            60.0,
            id="current replicas if higher, and they are lower",
        ),
        pytest.param(
            Fallback(3, 6, FallbackBehavior.CURRENT_IF_HIGHER),
            4,
            9,
            90.0,
            id="current replicas if higher, and they are",
        ),
        pytest.param(
            Fallback(3, 6, FallbackBehavior.CURRENT_IF_LOWER),
            4,
            9,
            60.0,
            id="current replicas if lower, and they are higher",
        ),
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
        pytest.param(0, 0, Activity(1000, is_active=True), 1, id="active from none"),
        pytest.param(3, 0, Activity(1000, is_active=True), 3, id="active from none with a minimum"),
        pytest.param(0, 0, Activity(1000, is_active=False), 0, id="inactive at none"),
        pytest.param(0, 4, Activity(1000, is_active=False, last_active=701), 4, id="inactive within the cooldown"),
        pytest.param(0, 4, Activity(1000, is_active=False, last_active=699), 0, id="inactive after the cooldown"),
        pytest.param(2, 4, Activity(1000, is_active=False), 4, id="inactive above a minimum: the rest is the HPA's"),
        pytest.param(2, 1, Activity(1000, is_active=False), 2, id="inactive below the minimum"),
        pytest.param(0, 4, Activity(1000, is_active=True, last_active=1000), 4, id="active at some"),
        pytest.param(0, 4, Activity(1000, is_active=None), 4, id="a failed metric changes nothing"),
        pytest.param(2, 1, Activity(1000, is_active=None), 1, id="a failed metric below the minimum changes nothing"),
    ],
)
def test_between_none_and_the_first_activity_decides(
    minimum: int, replicas: int, activity: Activity, expected: int
) -> None:
    assert request_scale(ScaledObject(min=minimum), replicas, activity) == expected
