import random

import pytest

from bench.scaling.pods import RANKINGS, Deployment, Phase, in_phase
from tests.unit.bench.scaling.scripted import small


def deployment(replicas: int, *, with_costs: bool = False) -> Deployment:
    return Deployment(small((1.0,), replicas=replicas), RANKINGS[with_costs], random.Random(1))


def test_pods_of_the_beginning_are_ready_and_new_ones_are_after_their_start() -> None:
    pods = deployment(2)
    assert pods.scale(3, 100) == []
    assert [(pod.phase, pod.until) for pod in pods.pods] == [(Phase.READY, 0), (Phase.READY, 0), (Phase.STARTING, 120)]


def test_who_is_not_ready_goes_first_then_the_newest() -> None:
    pods = deployment(2)
    pods.scale(3, 100)
    assert [pod.number for pod in pods.scale(1, 110)] == [3, 2]


@pytest.mark.parametrize(("with_costs", "first"), [(False, 3), (True, 1)])
def test_a_deletion_cost_lets_idle_pods_go_before_busy_newer_ones(with_costs: bool, first: int) -> None:  # noqa: FBT001
    pods = deployment(3, with_costs=with_costs)
    for pod, progress in zip(pods.pods, (0.0, 2.0, 1.0), strict=True):
        pod.progress = progress
    assert [pod.number for pod in pods.scale(2, 0)] == [first]


def test_an_ending_pod_has_its_grace_and_a_starting_one_is_gone_at_once() -> None:
    pods = deployment(1)
    pods.scale(2, 0)
    for pod in list(pods.pods):
        pods.end(pod, 50)
    assert [(pod.phase, pod.until) for pod in pods.pods] == [(Phase.ENDING, 150)]


def test_ending_pods_do_not_count_as_replicas() -> None:
    pods = deployment(2)
    pods.end(pods.pods[0], 0)
    pods.scale(2, 0)
    assert len(in_phase(pods.pods, Phase.STARTING)) == 1
