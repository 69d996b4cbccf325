"""Rules, their tests and their runbooks say the same of the same alerts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts import slos
from alerts.rules import ALERTS, Rule
from hack.generate import metrics_of
from photo_core.telemetry import metrics
from photo_operator.runbooks.loader import load_runbook
from photo_operator.signals import Signal
from tests.support.promql import Known, UnknownName, labels_of
from tests.support.series import RULES, known_series

ROOT = Path(__file__).resolve().parents[2]
FIRING = [rule for rule in RULES if rule.alert]
HEADINGS = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]


KNOWN: Known = known_series()


def _id(rule: Rule) -> str:
    return "-".join((rule.alert, *rule.labels.values()))


@pytest.mark.parametrize("rule", FIRING, ids=_id)
def test_an_alert_asks_for_series_and_labels_that_there_are(rule: Rule) -> None:
    labels = labels_of(rule.expr, KNOWN) | rule.labels.keys()
    assert {"namespace", "instance_name"} <= labels
    named = set(re.findall(r"\$labels\.(\w+)", "".join(rule.annotations.values())))
    assert named <= labels


@pytest.mark.parametrize("rule", FIRING, ids=_id)
def test_an_alert_says_who_is_called_what_is_wrong_and_what_to_do(rule: Rule) -> None:
    assert rule.labels["severity"] in {"page", "ticket"}
    assert set(rule.annotations) == {"summary", "description", "runbook", "runbook_url"}
    assert "$value" in rule.annotations["description"]
    assert rule.annotations["runbook"] == rule.alert
    assert rule.annotations["runbook_url"] == f"runbooks/{rule.alert}/README.md"


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    folders = {path.name for path in (ROOT / "runbooks").iterdir() if path.is_dir()}
    assert folders == {rule.alert for rule in FIRING}


@pytest.mark.parametrize("alert", sorted({rule.alert for rule in FIRING}))
def test_a_runbook_is_written_for_people_too(alert: str) -> None:
    text = (ROOT / "runbooks" / alert / "README.md").read_text()
    assert text.startswith(f"# {alert}\n")
    assert re.findall(r"^## .*$", text, re.MULTILINE) == HEADINGS


def _tests(area: str) -> list[dict[str, Any]]:
    content = yaml.safe_load((ALERTS / f"{area}_test.yaml").read_text())
    assert f"{area}.rules.yaml" in content["rule_files"]
    return [test for case in content["tests"] for test in case.get("alert_rule_test", ())]


@pytest.mark.parametrize("rule", FIRING, ids=_id)
def test_an_alert_is_seen_to_fire_and_to_stay_silent(rule: Rule) -> None:
    tests = [test for test in _tests(rule.area) if test["alertname"] == rule.alert]
    fired = [alert["exp_labels"] for test in tests for alert in test["exp_alerts"]]
    assert [labels for labels in fired if rule.labels.items() <= labels.items()], "never seen to fire"
    assert [test for test in tests if not test["exp_alerts"]], "never seen to stay silent"


@pytest.mark.parametrize("slo", slos.SLOS, ids=lambda slo: slo.name)
def test_the_bound_of_a_latency_is_a_bucket_that_is_counted(slo: slos.Slo) -> None:
    for series, bound in re.findall(r'(\w+)_bucket\{le="([^"]+)"\}', slo.errors):
        found = next(metric for metric in metrics_of(metrics) if metric._name == series)
        samples = [sample for collected in found.collect() for sample in collected.samples]
        bounds = {sample.labels["le"] for sample in samples if "le" in sample.labels}
        assert bound in bounds


# where probe and alert look at the same: the runbook's name of it, how the alert writes it, the alert's units in one
AGREED = (
    ("FeedCacheDown", Signal.FEED_CACHE_LOST, r"breaker_open\) > (\S+)", 1),
    ("FanoutBacklog", Signal.FANOUT_OLDEST_SECONDS, r"oldest_seconds:max > (\S+)", 1),
    ("FanoutBacklog", Signal.FANOUT_DRAIN_SECONDS, r"drain_seconds:max > (\S+)", 1),
    ("CelebrityCascade", Signal.CELEBRITY_DELIVERIES_PER_SECOND, r"minute_of_one\) > (\S+)", 60),
    ("CelebrityCascade", Signal.CELEBRITY_SHARE, r"of_one:ratio > (\S+)", 1),
    ("DatabaseSlow", Signal.DATABASE_READ_P99_SECONDS, r"p99_1m > (\S+)", 1),
    ("EncodeStuck", Signal.MEDIA_STUCK, r"stuck:max > (\S+)", 1),
)


@pytest.mark.parametrize(("alert", "signal", "written", "units"), AGREED, ids=lambda value: str(value))
def test_an_alert_fires_where_the_probe_would_have_begun(alert: str, signal: Signal, written: str, units: int) -> None:
    runbook = load_runbook(ROOT / "runbooks" / alert)
    conditions = (*runbook.trigger.any_of, *(check.condition for check in runbook.diagnosis.checks))
    bounds = {condition.above for condition in conditions if condition.signal is signal}
    found = {value for rule in FIRING if rule.alert == alert for value in re.findall(written, rule.expr)}
    assert {float(value) / units for value in found} == bounds


@pytest.mark.parametrize(
    "query",
    [
        "sum(feed_request_total)",
        'feed_requests_total{kind="push"}',
        "sum by (mode) (likes_total)",
        "likes_total * on (x) up",
    ],
)
def test_a_name_that_nobody_has_is_found(query: str) -> None:
    with pytest.raises(UnknownName):
        labels_of(query, KNOWN)
