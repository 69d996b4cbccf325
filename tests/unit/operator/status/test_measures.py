from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from prometheus_client import REGISTRY

from photo_operator import telemetry
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.observe.observer import Observed
from photo_operator.scaling.model import LimitedBy
from photo_operator.status.measures import GAUGES, SAMPLED, GaugeValue, build_measures, publish, withdraw

KEY = "photos/demo"
STATUS: Manifest = {
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "Degraded", "status": "False"}],
    "feedMode": "Pull",
    "degradedLevel": 1,
    "workers": {"fanout": {"replicas": 3, "desired": 4, "limitedBy": "Settling", "arrivalPerSecond": 7.0}},
}


@pytest.fixture(autouse=True)
def _shown() -> Iterator[None]:
    yield
    withdraw(KEY)


def _observed(platform: Platform, *executions: Any) -> Observed:
    told = msgspec.structs.replace(platform, status=STATUS)
    return Observed(platform=told, executions=cast("Any", executions))


def _execution(name: str, created: str, phase: str | None, runbook: str = "FeedCacheDown") -> Any:
    return SimpleNamespace(
        metadata=SimpleNamespace(name=name, creation_timestamp=created),
        spec=SimpleNamespace(runbook=runbook),
        status=SimpleNamespace(phase=None if phase is None else SimpleNamespace(value=phase)),
    )


def _shown_of(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"photoplatform_operator_{name}", {"platform": KEY, **labels})


def _of_fanout(name: str, **labels: str) -> float | None:
    return _shown_of(f"worker_{name}", worker="fanout", **labels)


def test_what_a_status_says_is_shown_as_numbers(platform: Platform) -> None:
    publish(KEY, build_measures(_observed(platform)))
    assert (_shown_of("condition", condition="Ready"), _shown_of("condition", condition="Degraded")) == (1, 0)
    assert (_shown_of("feed_mode", mode="Pull"), _shown_of("feed_mode", mode="Push")) == (1, 0)
    assert _shown_of("degraded_level") == 1
    assert (_of_fanout("replicas"), _of_fanout("arrival_per_second")) == (3, 7)


def test_exactly_one_limit_of_the_scaler_is_set(platform: Platform) -> None:
    publish(KEY, build_measures(_observed(platform)))
    assert {limit for limit in LimitedBy if _of_fanout("limited_by", limit=limit.value)} == {LimitedBy.SETTLING}


def test_what_is_not_known_is_not_shown(platform: Platform) -> None:
    publish(KEY, build_measures(_observed(platform)))
    assert _of_fanout("drain_seconds") is None


def test_a_runbook_stands_where_its_newest_execution_does(platform: Platform) -> None:
    old = _execution("demo-a-2", "2026-01-01T00:00:00Z", "Escalated")
    new = _execution("demo-a-1", "2026-01-01T00:00:01Z", "Mitigating")
    untouched = _execution("demo-b", "2026-01-01T00:00:00Z", None, "EncodeStuck")
    publish(KEY, build_measures(_observed(platform, new, old, untouched)))
    shown = [
        sample.labels
        for metric in REGISTRY.collect()
        if metric.name == "photoplatform_operator_runbook_phase"
        for sample in metric.samples
    ]
    assert shown == [{"platform": KEY, "runbook_name": "FeedCacheDown", "phase": "Mitigating"}]


def test_what_a_platform_said_before_is_forgotten_and_others_stay(platform: Platform) -> None:
    measures = build_measures(_observed(platform))
    publish("photos/other", measures)
    try:
        publish(KEY, measures)
        publish(KEY, (GaugeValue(GAUGES[0], 1, ("Ready",)),))
        assert _shown_of("degraded_level") is None
        withdraw(KEY)
        assert _shown_of("condition", condition="Ready") is None
        assert REGISTRY.get_sample_value("photoplatform_operator_degraded_level", {"platform": "photos/other"}) == 1
    finally:
        withdraw("photos/other")


def test_nothing_is_shown_of_a_platform_that_is_gone_not_even_what_its_probes_said_last(platform: Platform) -> None:
    publish(KEY, build_measures(_observed(platform)))
    for gauge in SAMPLED:
        labels = ("kafka",) if gauge is telemetry.ENGINE_UP else ("fanout",)
        gauge.labels(KEY, *labels).set(0)
    publish(KEY, build_measures(_observed(platform)))
    assert _shown_of("engine_up", engine="kafka") == 0
    withdraw(KEY)
    left = [
        sample for metric in REGISTRY.collect() for sample in metric.samples if sample.labels.get("platform") == KEY
    ]
    assert left == []
