"""Examples of Kubernetes itself, and some worked out by hand.

From kubernetes/kubernetes, pkg/controller/podautoscaler/replica_calculator_test.go, and from the section "Configurable
scaling behavior" of kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale.
"""

from itertools import count, pairwise

import pytest

from bench.scaling.peers.hpa import (
    DEFAULT_BEHAVIOR,
    MOST_REPLICAS,
    Behavior,
    Hpa,
    HpaMemory,
    PolicyKind,
    Rules,
    ScalingPolicy,
    Select,
    SyncInputs,
    propose,
    sync,
)


@pytest.mark.parametrize(
    ("replicas", "usage", "target", "expected"),
    [
        (3, 8600, 2150, 4),  # TestReplicaCalcScaleUpPerPodCMExternal
        (5, 8600, 2867, 3),  # TestReplicaCalcScaleDownPerPodCMExternal
        (3, 8600, 2900, 3),  # TestReplicaCalcTolerancePerPodCMExternal
        (10, 1100, 100, 10),  # ten percent more is tolerated
        (10, 1101, 100, 12),
        (10, 900, 100, 10),  # and ten percent less
        (10, 899, 100, 9),
        (4, 0, 100, 0),
        (0, 250, 100, 3),
        (4, -1, 100, MOST_REPLICAS),  # taken for an overflow
    ],
)
def test_the_metric_asks_for_usage_by_target_outside_of_the_tolerance(
    replicas: int, usage: float, target: float, expected: int
) -> None:
    assert propose(usage, target, replicas, 0.1) == expected


def run(hpa: Hpa, replicas: int, usages: list[float | None], period: float = 15.0) -> list[int]:
    """Return the replicas after each sync, the first of which is at second 0."""
    memory, found = HpaMemory(), []
    for now, usage in zip(count(0, period), usages, strict=False):
        replicas, memory = sync(hpa, memory, SyncInputs(now, replicas, usage))
        found.append(replicas)
    return found


PLENTY = 100_000.0


def test_by_default_it_adds_four_or_doubles_every_fifteen_seconds() -> None:
    assert run(Hpa(1, 64, 10.0), 1, [PLENTY] * 5) == [5, 10, 20, 40, 64]


def test_without_behavior_it_goes_to_four_or_doubles() -> None:
    assert run(Hpa(1, 64, 10.0, behavior=None), 1, [PLENTY] * 6) == [4, 8, 16, 32, 64, 64]


def test_it_does_not_add_twice_in_one_period() -> None:
    assert run(Hpa(1, 64, 10.0), 10, [PLENTY] * 4, period=5.0) == [20, 20, 20, 40]


def test_it_goes_down_to_the_most_of_the_last_five_minutes() -> None:
    usages: list[float | None] = [400.0, *[100.0] * 22]
    found = run(Hpa(1, 64, 10.0), 40, usages)
    assert found[:20] == [40] * 20
    assert found[20:] == [10] * 3  # the sync at second 300, to which the first recommendation no longer counts


def test_without_behavior_the_end_of_the_window_still_counts() -> None:
    usages: list[float | None] = [400.0, *[100.0] * 22]
    assert run(Hpa(1, 64, 10.0, behavior=None), 40, usages)[19:22] == [40, 40, 10]


def test_the_number_at_the_beginning_is_a_recommendation() -> None:
    assert run(Hpa(1, 64, 10.0), 30, [10.0] * 21) == [30] * 20 + [1]


def test_percent_or_pods_take_away_as_the_page_tells() -> None:
    rules = Rules((ScalingPolicy(PolicyKind.PODS, 4, 60), ScalingPolicy(PolicyKind.PERCENT, 10, 60)), 0.0)
    hpa = Hpa(10, 100, 10.0, behavior=Behavior(DEFAULT_BEHAVIOR.up, rules))
    found = run(hpa, 80, [10.0] * 12, period=60.0)
    assert found[:2] == [72, 64]  # a tenth of 72 is rounded up to 8
    assert [a - b for a, b in pairwise(found) if a <= 40][:3] == [4, 4, 4]


def test_the_policy_that_changes_least_can_be_chosen() -> None:
    rules = Rules((ScalingPolicy(PolicyKind.PODS, 5, 60), ScalingPolicy(PolicyKind.PERCENT, 10, 60)), 0.0, Select.MIN)
    hpa = Hpa(1, 100, 10.0, behavior=Behavior(rules, rules))
    assert run(hpa, 20, [PLENTY]) == [22]
    assert run(hpa, 20, [10.0]) == [18]


def test_a_direction_can_be_forbidden() -> None:
    still = Rules((), 0.0, Select.DISABLED)
    hpa = Hpa(1, 100, 10.0, behavior=Behavior(still, still))
    assert run(hpa, 20, [PLENTY, 10.0]) == [20, 20]


def test_a_window_for_rises_takes_the_least_of_it() -> None:
    slow_up = Rules(DEFAULT_BEHAVIOR.up.policies, 60.0)
    hpa = Hpa(1, 100, 10.0, behavior=Behavior(slow_up, DEFAULT_BEHAVIOR.down))
    assert run(hpa, 10, [100.0, *[200.0] * 5]) == [10, 10, 10, 10, 20, 20]


@pytest.mark.parametrize(("replicas", "expected"), [(0, 0), (1, 2), (90, 50), (20, 20)])
def test_bounds_hold_without_a_metric_and_nothing_else_is_done(replicas: int, expected: int) -> None:
    assert run(Hpa(2, 50, 10.0), replicas, [None]) == [expected]


def test_the_metric_moves_nothing_beyond_the_bounds() -> None:
    assert run(Hpa(2, 30, 10.0), 20, [PLENTY]) == [30]
    assert run(Hpa(2, 30, 10.0), 20, [0.0] * 21)[-1] == 2
