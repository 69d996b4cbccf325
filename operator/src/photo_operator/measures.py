"""What stands in a platform's resources, as metrics: conditions, mode, scaling, and where its runbooks are.

The second part of the closed list of the operator's metrics (`telemetry` is the first). Told once a pass by
`reconcile`, from what the pass has read: these are the statuses that `kubectl` shows, for alerts and dashboards.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from prometheus_client import Gauge

from photo_core.domain.runtime_policy import FeedMode
from photo_operator import telemetry
from photo_operator.observe.gather import Observed
from photo_operator.scaling.model import LimitedBy

CONDITION = Gauge(
    "photoplatform_operator_condition", "1 where a condition of a platform is True.", ["platform", "condition"]
)
FEED_MODE = Gauge("photoplatform_operator_feed_mode", "1 for the mode that pods are told.", ["platform", "mode"])
DEGRADED = Gauge("photoplatform_operator_degraded_level", "The degraded level that pods are told.", ["platform"])
FANOUT_REPLICAS = Gauge("photoplatform_operator_fanout_replicas", "Fan-out workers that there are.", ["platform"])
FANOUT_LIMIT = Gauge(
    "photoplatform_operator_fanout_limited_by",
    "1 for what keeps the number of fan-out workers from what the lag asks for.",
    ["platform", "limit"],
)
FANOUT_ARRIVAL = Gauge("photoplatform_operator_fanout_arrival_per_second", "Fan-out messages that come.", ["platform"])
FANOUT_SERVICE = Gauge("photoplatform_operator_fanout_service_per_second", "Fan-out messages done.", ["platform"])
FANOUT_DRAIN = Gauge(
    "photoplatform_operator_fanout_drain_seconds", "How long the lag takes at this rate.", ["platform"]
)
RUNBOOK_PHASE = Gauge(
    "photoplatform_operator_runbook_phase",
    "1 for the phase of the newest execution of a runbook.",
    ["platform", "runbook_name", "phase"],
)
GAUGES = (
    CONDITION,
    FEED_MODE,
    DEGRADED,
    FANOUT_REPLICAS,
    FANOUT_LIMIT,
    FANOUT_ARRIVAL,
    FANOUT_SERVICE,
    FANOUT_DRAIN,
    RUNBOOK_PHASE,
)
# set by background samples and probes while there is a platform
SAMPLED = (telemetry.ENGINE_UP, telemetry.FANOUT_LAG, telemetry.FANOUT_WANTED)
# fields of status.workers.fanout
FANOUT_FIELDS = {
    "replicas": FANOUT_REPLICAS,
    "arrivalPerSecond": FANOUT_ARRIVAL,
    "servicePerSecond": FANOUT_SERVICE,
    "drainSeconds": FANOUT_DRAIN,
}


class Measure(Struct, frozen=True):
    """One number; `labels` are those behind `platform`."""

    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


def build_measures(observed: Observed) -> tuple[Measure, ...]:
    """Return what the resources of a platform say; what they do not say is left out."""
    status = observed.platform.status
    return (*_states(status), *_scaling(status.get("workers", {}).get("fanout", {})), *_runbooks(observed))


def _states(status: Mapping[str, Any]) -> Iterator[Measure]:
    for condition in status.get("conditions", ()):
        yield Measure(CONDITION, condition["status"] == "True", (condition["type"],))
    if "feedMode" in status:
        for mode in FeedMode:
            name = mode.value.capitalize()
            yield Measure(FEED_MODE, status["feedMode"] == name, (name,))
    if "degradedLevel" in status:
        yield Measure(DEGRADED, status["degradedLevel"])


def _scaling(fanout: Mapping[str, Any]) -> Iterator[Measure]:
    for field, gauge in FANOUT_FIELDS.items():
        if field in fanout:
            yield Measure(gauge, fanout[field])
    if "limitedBy" in fanout:
        for limit in LimitedBy:
            yield Measure(FANOUT_LIMIT, fanout["limitedBy"] == limit.value, (limit.value,))


def _runbooks(observed: Observed) -> Iterator[Measure]:
    newest = {
        found.spec.runbook: found.status.phase
        for found in sorted(observed.executions, key=lambda e: (e.metadata.creation_timestamp or "", e.metadata.name))
    }
    for runbook, phase in newest.items():
        if phase is not None:
            yield Measure(RUNBOOK_PHASE, 1, (runbook, phase.value))


def publish(platform: str, measures: Iterable[Measure]) -> None:
    """Show these numbers of a platform, `namespace/name`, and no others."""
    _clear(platform, GAUGES)
    for measure in measures:
        measure.gauge.labels(platform, *measure.labels).set(measure.value)


def withdraw(platform: str) -> None:
    """Show nothing of a platform that is gone: what is left would be alerted on for ever."""
    _clear(platform, (*GAUGES, *SAMPLED))


def _clear(platform: str, gauges: Iterable[Gauge]) -> None:
    for gauge in gauges:
        gauge.remove_by_labels({"platform": platform})
