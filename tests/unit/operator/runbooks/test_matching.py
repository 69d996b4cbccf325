import msgspec
import pytest

from photo_operator.crds.execution import DecisionView, TriggerSource
from photo_operator.crds.runbook import Condition, Require, Runbook
from photo_operator.observe.alert_board import Firing
from photo_operator.observe.context import Evidence
from photo_operator.runbooks.matching import confirmed, holds, key_of, match, unmet
from photo_operator.signals import Signal

REDIS = "FeedCacheDown"
LOST = Condition(signal=Signal.FEED_CACHE_LOST, above=0)
LAG = Condition(signal=Signal.FANOUT_LAG, below=51, for_seconds=30)


@pytest.mark.parametrize(
    ("condition", "view", "expected"),
    [
        pytest.param(LOST, DecisionView("", readings={Signal.FEED_CACHE_LOST: 1}), True, id="beyond the bound"),
        pytest.param(LOST, DecisionView("", readings={Signal.FEED_CACHE_LOST: 0}), False, id="at the bound"),
        pytest.param(LOST, DecisionView(""), False, id="no reading"),
        pytest.param(
            LAG,
            DecisionView("", readings={Signal.FANOUT_LAG: 50}),
            False,
            id="beyond the bound but not for long enough",
        ),
        pytest.param(
            LAG,
            DecisionView("", readings={Signal.FANOUT_LAG: 50}, held=(key_of(LAG),)),
            True,
            id="beyond the bound for long enough",
        ),
        pytest.param(
            LAG,
            DecisionView("", readings={Signal.FANOUT_LAG: 51}, held=(key_of(LAG),)),
            False,
            id="back inside the bound",
        ),
    ],
)
def test_a_condition_holds_beyond_its_bound_for_as_long_as_it_asks(
    condition: Condition,
    view: DecisionView,
    expected: bool,  # noqa: FBT001
) -> None:
    assert holds(condition, view) is expected


def test_what_does_not_hold_is_told_with_what_is_read() -> None:
    view = DecisionView("", readings={Signal.FEED_CACHE_LOST: 0})
    assert unmet([LOST, LAG], view) == "feedCacheLost is 0, fanoutLag is not known"


def test_readings_are_told_in_words_where_there_are_any(runbooks: dict[str, Runbook]) -> None:
    evidence = Evidence({Signal.FEED_CACHE_LOST: 1.0}, {Signal.FEED_CACHE_LOST: "all masters are gone"})
    (incident,) = match(runbooks, evidence, {REDIS: frozenset(runbooks[REDIS].trigger.any_of)})
    assert (incident.runbook.alert, incident.source, incident.summary) == (
        REDIS,
        TriggerSource.PROBE,
        "all masters are gone",
    )


def test_an_alert_is_an_incident_of_its_own_fingerprint(runbooks: dict[str, Runbook]) -> None:
    evidence = Evidence(
        {}, {}, {REDIS: Firing(REDIS, "f-1", "it fires"), "Unknown": Firing("Unknown", "f-2", "it too")}
    )
    (incident,) = match(runbooks, evidence, {})
    assert (incident.source, incident.fingerprint, incident.summary) == (TriggerSource.ALERT, "f-1", "it fires")


def test_a_runbook_reads_whether_its_own_alert_fires() -> None:
    evidence = Evidence({}, {}, {REDIS: Firing(REDIS, "f-1", "it fires")})
    assert evidence.for_alert(REDIS)[Signal.ALERT_FIRING] == 1
    assert evidence.for_alert("EncodeStuck")[Signal.ALERT_FIRING] == 0


@pytest.mark.parametrize(("require", "expected"), [(Require.ALL, False), (Require.ANY, True)])
def test_a_diagnosis_needs_all_checks_or_any(
    runbooks: dict[str, Runbook],
    require: Require,
    expected: bool,  # noqa: FBT001
) -> None:
    diagnosis = msgspec.structs.replace(runbooks["EncodeStuck"].diagnosis, require=require)
    view = DecisionView("", readings={Signal.MEDIA_STUCK: 1, Signal.ENCODE_STUCK_SECONDS: 0})
    assert confirmed(diagnosis, view) is expected
