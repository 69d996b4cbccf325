"""What the conditions say while a new version is on its way, or is not."""

from typing import Any

import pytest

from photo_operator.components.catalog import Component
from photo_operator.conditions import ConditionType
from photo_operator.crds.platform import Platform
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.scaling.replicas import Counted
from photo_operator.status.build import build_status
from photo_operator.status.inputs import StatusInputs
from tests.support.status_inputs import build_inputs, changed

UP = Rollout(exists=True, wanted=2, current=2, ready=2, available=2, up_to_date=True, rolled=True)
ROLLING = Rollout(exists=True, wanted=1, current=2, ready=1, available=1)
FORMER = PodFacts("demo-purge-1", "purge", "10.0.0.1", "10.89.0.1", ready=True)
DYING = PodFacts("demo-purge-2", "purge", None, "10.89.0.1", ready=False, trouble="CrashLoopBackOff: OOMKilled")


@pytest.fixture
def seen(platform: Platform) -> StatusInputs:
    return build_inputs(platform, UP, FORMER)


def _conditions(seen: StatusInputs, **changes: Any) -> dict[str, tuple[str, str, str]]:
    built = build_status(changed(seen, **changes))
    return {found["type"]: (found["status"], found["reason"], found["message"]) for found in built["conditions"]}


def test_who_rolls_and_who_waits_is_told(seen: StatusInputs) -> None:
    told = _conditions(seen, rollouts={**seen.rollouts, Component.PURGE: ROLLING}, waiting=(Component.API,))
    assert told[ConditionType.PROGRESSING] == ("True", "RollingOut", "rolling out: purge; waiting: api")
    assert told[ConditionType.DEGRADED][0] == "False"
    told = _conditions(seen, waiting=(Component.API,))
    assert told[ConditionType.PROGRESSING] == ("True", "RollingOut", "waiting: api")


def test_new_pods_that_die_stop_the_rollout_with_their_words_while_users_are_served(seen: StatusInputs) -> None:
    rollouts = {**seen.rollouts, Component.PURGE: ROLLING}
    told = _conditions(seen, rollouts=rollouts, pods=(FORMER, DYING), waiting=(Component.API,))
    words = "purge: CrashLoopBackOff: OOMKilled; 1 pods of the former version serve; waiting: api"
    assert told[ConditionType.PROGRESSING] == ("False", "RolloutStuck", words)
    assert told[ConditionType.DEGRADED] == ("True", "RolloutStuck", words)
    assert told[ConditionType.READY][0] == "True"


def test_an_image_that_the_job_cannot_pull_stops_the_rollout(seen: StatusInputs) -> None:
    told = _conditions(seen, job=JobState.RUNNING, prepared=False, job_trouble="ErrImagePull: not found")
    assert told[ConditionType.PROGRESSING][:2] == ("False", "RolloutStuck")
    assert "ErrImagePull: not found" in told[ConditionType.DEGRADED][2]
    assert told[ConditionType.READY][0] == "True"


def test_a_first_installation_is_never_stuck_behind_a_former_version(seen: StatusInputs) -> None:
    changes = {"rollouts": {}, "job": JobState.RUNNING, "prepared": False, "schema_version": None}
    told = _conditions(seen, **changes, job_trouble="ErrImagePull: not found")
    assert told[ConditionType.PROGRESSING][:2] == ("True", "Provisioning")
    assert "ErrImagePull" in told[ConditionType.READY][2]


def test_an_autoscaler_without_figures_is_said(seen: StatusInputs) -> None:
    told = _conditions(seen, blind_autoscaler="FailedGetResourceMetric: none")
    assert told[ConditionType.DEGRADED][1] == "AutoscalerBlind"
    assert "FailedGetResourceMetric" in told[ConditionType.DEGRADED][2]


def test_who_set_a_number_of_workers_is_said_with_the_way_back(seen: StatusInputs) -> None:
    told = _conditions(seen, counted=(Counted(Component.PURGE, 3, 3, foreign="kubectl"),))
    assert told[ConditionType.DEGRADED] == (
        "True",
        "ForeignScaler",
        "purge: kubectl set 3; held. Scale to 0 to give the number back",
    )
