from typing import Any

import pytest

from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import Component
from photo_operator.observe.workloads import BLIND_SECONDS, blind_autoscaler, rollout

NOW, JUST_NOW, LONG_AGO = "2026-01-01T00:10:00Z", "2026-01-01T00:09:00Z", "2026-01-01T00:00:00Z"
SETTLED = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


def _children(kind: Kind, **status: Any) -> dict[tuple[Kind, str], dict[str, Any]]:
    body = {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}
    return {(kind, "demo-api"): body}


@pytest.mark.parametrize(
    ("changed", "rolled", "up_to_date"),
    [
        ({}, True, True),
        ({"observedGeneration": 1}, False, False),
        ({"replicas": 3, "updatedReplicas": 1}, False, False),  # new pods beside the former ones
        ({"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}, True, False),  # being scaled up
        ({"availableReplicas": 1}, True, False),  # one of them is ill
        ({"availableReplicas": 0}, False, False),
    ],
)
def test_all_new_and_some_available_is_rolled(changed: dict[str, int], rolled: bool, up_to_date: bool) -> None:  # noqa: FBT001 - rows of the table
    found = rollout(_children(Kind.DEPLOYMENT, **(SETTLED | changed)), "demo", Component.API)
    assert (found.rolled, found.up_to_date) == (rolled, up_to_date)


def test_a_deployment_that_gave_up_says_why() -> None:
    gave_up = {"type": "Progressing", "status": "False", "message": "has timed out"}
    found = rollout(_children(Kind.DEPLOYMENT, **SETTLED, conditions=[gave_up]), "demo", Component.API)
    assert found.stalled == "has timed out"


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"status": "True", "reason": "ValidMetricFound", "lastTransitionTime": LONG_AGO}, ""),
        ({"status": "False", "reason": "FailedGetResourceMetric", "lastTransitionTime": JUST_NOW}, ""),
        ({"status": "False", "reason": "ScalingDisabled", "lastTransitionTime": LONG_AGO}, ""),
        (
            {"status": "False", "reason": "FailedGetResourceMetric", "message": "none", "lastTransitionTime": LONG_AGO},
            "FailedGetResourceMetric: none",
        ),
    ],
)
def test_an_autoscaler_without_figures_for_a_while_is_blind(condition: dict[str, str], told: str) -> None:
    children = _children(Kind.AUTOSCALER, conditions=[{"type": "ScalingActive"} | condition])
    assert blind_autoscaler(children, "demo", NOW) == told
    assert 60 < BLIND_SECONDS < 600


def test_an_autoscaler_that_is_not_there_is_not_blind() -> None:
    assert blind_autoscaler({}, "demo", NOW) == ""
