from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine
from photo_operator.cluster.fake import merge_patch
from photo_operator.cluster.patches import build_patch
from photo_operator.components.catalog import Component
from photo_operator.conditions import ConditionType, Reason
from photo_operator.crds.platform import MaintenanceWindow, PauseRequest, Platform
from photo_operator.engines.model import secret_problem, unreachable
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.scaling.model import Decision, LimitedBy, Record, Scaling, Service
from photo_operator.scaling.need import rounded
from photo_operator.status.build import build_status
from photo_operator.status.conditions import CONDITIONS
from photo_operator.status.inputs import StatusInputs
from photo_operator.status.workers import merged_records, steadied
from tests.support.lags import flows_of
from tests.support.status_inputs import build_inputs, changed

UP = Rollout(exists=True, wanted=2, current=2, ready=2, available=2, up_to_date=True)
POD = PodFacts("demo-api-1", "api", "10.0.0.1", "10.89.0.1", ready=True)


@pytest.fixture
def seen(platform: Platform) -> StatusInputs:
    return build_inputs(platform, UP, POD)


def _condition(seen: StatusInputs, kind: ConditionType) -> tuple[str, str, str]:
    found = next(item for item in build_status(seen)["conditions"] if item["type"] == kind)
    return found["status"], found["reason"], found["message"]


def _with(seen: StatusInputs, **changes: Any) -> StatusInputs:
    return changed(seen, **changes)


def test_a_whole_platform_is_ready_and_nothing_else(seen: StatusInputs) -> None:
    states = {found["type"]: found["status"] for found in build_status(seen)["conditions"]}
    assert states == {
        "Ready": "True",
        "EnginesReachable": "True",
        "Progressing": "False",
        "Degraded": "False",
        "Paused": "False",
        "Remediating": "False",
    }
    assert build_status(seen)["apiURL"] == "http://10.89.0.1:30080"


def test_the_status_counts_the_feeds_that_are_still_to_be_rebuilt_and_nothing_once_they_are(seen: StatusInputs) -> None:
    assert build_status(_with(seen, feeds_to_rebuild=12_345))["feedsToRebuild"] == 12_000
    assert "feedsToRebuild" not in build_status(seen)


@pytest.mark.parametrize(
    ("told", "stale", "shown"),
    [
        pytest.param(None, True, None, id="nothing told yet"),
        pytest.param(FeedMode.PUSH, False, "Push", id="push"),
        pytest.param(FeedMode.PULL, False, "Pull", id="pull"),
        pytest.param(FeedMode.REBUILDING, False, "Rebuilding", id="rebuilding"),
        pytest.param(FeedMode.PUSH, True, "Stale", id="stale while told to push"),
        pytest.param(FeedMode.PULL, True, "Stale", id="stale while told to pull"),
    ],
)
def test_the_feed_mode_is_what_pods_are_told_unless_they_serve_stale_feeds(
    seen: StatusInputs, told: FeedMode | None, shown: str | None, *, stale: bool
) -> None:
    inputs = _with(seen, feed_mode=told, serves_stale_feeds=stale)
    assert build_status(inputs).get("feedMode") == shown


def test_every_condition_type_is_judged_once(seen: StatusInputs) -> None:
    assert [judge(seen).type for judge in CONDITIONS] == list(ConditionType)


def test_ready_holds_while_feeds_are_pulled(seen: StatusInputs) -> None:
    pulled = _with(seen, feed_mode=FeedMode.PULL, degraded_level=1)
    assert _condition(pulled, ConditionType.READY)[0] == "True"
    assert _condition(pulled, ConditionType.DEGRADED)[:2] == ("True", Reason.FEEDS_PULLED)
    assert (build_status(pulled)["feedMode"], build_status(pulled)["degradedLevel"]) == ("Pull", 1)


def test_a_broken_engine_is_named_with_the_next_step(seen: StatusInputs) -> None:
    problem = secret_problem(seen.platform.spec.engines.kafka, None)
    assert problem is not None
    status, reason, message = _condition(
        _with(seen, healths=seen.healths | {Engine.KAFKA: problem}), ConditionType.ENGINES_REACHABLE
    )
    assert (status, reason) == ("False", Reason.SECRET_MISSING)
    assert message.startswith("kafka: SecretMissing: Secret photo-kafka does not exist; create Secret photo-kafka")


def test_an_unreachable_engine_leaves_a_running_platform_ready(seen: StatusInputs) -> None:
    down = _with(seen, healths=seen.healths | {Engine.REDIS: unreachable(Engine.REDIS, "redis", "refused")})
    assert _condition(down, ConditionType.READY)[0] == "True"
    assert _condition(down, ConditionType.DEGRADED)[:2] == ("True", Reason.ENGINE_DOWN)


def test_a_failed_job_is_told_in_its_pods_words(seen: StatusInputs) -> None:
    failed = _with(seen, job=JobState.FAILED, schema_version=None, rollouts={}, job_trouble="Error: no keyspace")
    status, reason, message = _condition(failed, ConditionType.READY)
    assert (status, reason) == ("False", Reason.PROVISIONING_FAILED)
    assert "Error: no keyspace" in message


def test_no_available_pod_is_not_ready_and_says_why(seen: StatusInputs) -> None:
    broken = _with(
        seen,
        rollouts={**seen.rollouts, Component.API: msgspec.structs.replace(UP, available=0)},
        pods=(msgspec.structs.replace(POD, trouble="ErrImageNeverPull: no such image"),),
    )
    assert _condition(broken, ConditionType.READY) == (
        "False",
        Reason.API_UNAVAILABLE,
        "api: ErrImageNeverPull: no such image",
    )


def test_a_condition_keeps_its_time_until_it_turns(seen: StatusInputs) -> None:
    first = build_status(seen)
    later = _with(seen, platform=msgspec.structs.replace(seen.platform, status=first), now="2026-01-01T01:00:00Z")
    assert build_patch(first, build_status(later)) == {}
    turned = build_status(_with(later, feed_mode=FeedMode.PULL))
    times = {found["type"]: found["lastTransitionTime"] for found in turned["conditions"]}
    assert times["Degraded"] == "2026-01-01T01:00:00Z"
    assert times["Ready"] == "2026-01-01T00:00:00Z"


def _paused(seen: StatusInputs, **spec: Any) -> tuple[str, str, str]:
    changed = msgspec.structs.replace(seen.platform.spec, **spec)
    return _condition(_with(seen, platform=msgspec.structs.replace(seen.platform, spec=changed)), ConditionType.PAUSED)


WINDOW = MaintenanceWindow("0 0 1 1 *", 60, "upgrade of Kafka")
ON_REQUEST = "on request, nothing but status is written: audit"
IN_A_WINDOW = "maintenance until 2026-01-01T01:00:00Z, no runbook starts by itself: upgrade of Kafka"


def test_a_pause_is_told_with_its_reasons_and_a_window_with_its_end(seen: StatusInputs) -> None:
    requests = (PauseRequest("audit"),)
    assert _paused(seen) == ("False", Reason.NOT_PAUSED, "")
    assert _paused(seen, pause_requests=requests) == ("True", Reason.REQUESTED, ON_REQUEST)
    assert _paused(seen, maintenance_windows=(WINDOW,)) == ("True", Reason.MAINTENANCE_WINDOW, IN_A_WINDOW)
    both = _paused(seen, pause_requests=requests, maintenance_windows=(WINDOW,))
    assert both == ("True", Reason.REQUESTED, f"{ON_REQUEST}; {IN_A_WINDOW}")


def test_the_fanouts_numbers_and_sentence_are_told(seen: StatusInputs) -> None:
    scaling = Scaling(Decision(4, 5, LimitedBy.MAX, "why"), flows_of(1234, 20.4, 61.7), Service(15.04))
    assert build_status(_with(seen, scalings={Component.FANOUT: scaling}))["workers"]["fanout"] == {
        "replicas": 2,
        "desired": 4,
        "lag": 1200,
        "drainSeconds": 42,
        "arrivalPerSecond": 20.0,
        "servicePerSecond": 62.0,
        "limitedBy": "Max",
        "explanation": "why",
        "perWorkerPerSecond": 15.0,
    }


SHOWN = {"desired": 1, "lag": 0, "limitedBy": "None", "arrivalPerSecond": 5.0, "explanation": "as before"}


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"arrivalPerSecond": 5.6, "explanation": "5.6/s"}, {}),
        ({"arrivalPerSecond": 9.0, "explanation": "9/s"}, {"arrivalPerSecond": 9.0, "explanation": "9/s"}),
        ({"arrivalPerSecond": 0.0, "explanation": "none"}, {"arrivalPerSecond": 0.0, "explanation": "none"}),
        ({"lag": 3, "explanation": "3 wait"}, {"lag": 3, "explanation": "3 wait"}),
        ({"arrivalPerSecond": 5.1, "desired": 2, "explanation": "up"}, {"desired": 2, "explanation": "up"}),
    ],
)
def test_a_rate_that_hardly_moves_writes_nothing_and_nor_does_its_sentence(
    changed: dict[str, Any], shown: dict[str, Any]
) -> None:
    assert steadied(SHOWN, SHOWN | changed) == SHOWN | shown


def test_the_last_twenty_moves_are_told_whoever_made_them() -> None:
    records = [Record(f"2026-01-01T00:00:{second:02}Z", 1, 2, LimitedBy.NONE, "why") for second in range(20)]
    before = merged_records([], records)
    again = merged_records(before, records[-1:])
    newer = merged_records(before, [Record("2026-01-01T00:01:00Z", 2, 1, LimitedBy.NONE, "why")])
    assert again == before
    assert newer == [*before[1:], {**before[0], "time": "2026-01-01T00:01:00Z", "from": 2, "to": 1}]


@given(st.floats(0, 1e9))
def test_rounding_keeps_two_digits(value: float) -> None:
    assert abs(rounded(value) - value) <= max(0.5, value * 0.06)
    assert rounded(rounded(value)) == rounded(value)


JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=10,
)
STATUSES = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


@given(STATUSES, STATUSES)
def test_a_patch_leads_from_one_status_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert merge_patch(before, build_patch(before, after)) == after


@given(STATUSES)
def test_nothing_is_written_where_nothing_changed(status: dict[str, Any]) -> None:
    assert build_patch(status, status) == {}


def test_an_engine_that_is_not_prepared_for_the_spec_is_on_its_way(seen: StatusInputs) -> None:
    waiting = _with(seen, prepared=False, job=JobState.ABSENT)
    assert _condition(waiting, ConditionType.PROGRESSING)[:2] == ("True", Reason.PROVISIONING)
