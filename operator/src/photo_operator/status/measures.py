"""What a platform's resources say, as metrics: conditions, feed mode, scaling, and the phases of its runbooks.

The second part of the closed list of the operator's metrics (`telemetry` is the first). Published once a pass by
`reconcile`, from what the pass has read: the statuses that `kubectl` shows, for alerts and dashboards.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from prometheus_client import Gauge

from photo_operator import telemetry
from photo_operator.components.catalog import WORKERS
from photo_operator.observe.observer import Observed
from photo_operator.scaling.model import LimitedBy
from photo_operator.status.inputs import ServedFeedMode

CONDITION = Gauge(
    "photoplatform_operator_condition", "1 where a condition of a platform is True.", ["platform", "condition"]
)
FEED_MODE = Gauge("photoplatform_operator_feed_mode", "1 for the mode in which feeds are served.", ["platform", "mode"])
DEGRADED = Gauge("photoplatform_operator_degraded_level", "The degraded level that pods are told.", ["platform"])
REPLICAS = Gauge("photoplatform_operator_worker_replicas", "Pods of a worker that there are.", ["platform", "worker"])
LIMIT = Gauge(
    "photoplatform_operator_worker_limited_by",
    "1 for what keeps the number of a scaled worker from what the lag asks for.",
    ["platform", "worker", "limit"],
)
ARRIVAL = Gauge(
    "photoplatform_operator_worker_arrival_per_second", "Messages that come to a scaled worker.", ["platform", "worker"]
)
SERVICE = Gauge(
    "photoplatform_operator_worker_service_per_second", "Messages that a scaled worker did.", ["platform", "worker"]
)
PER_WORKER = Gauge(
    "photoplatform_operator_worker_per_worker_per_second",
    "Messages that one pod of a scaled worker does in a busy second, as learned.",
    ["platform", "worker"],
)
DRAIN = Gauge(
    "photoplatform_operator_worker_drain_seconds",
    "How long the lag of a scaled worker takes at this rate.",
    ["platform", "worker"],
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
    REPLICAS,
    LIMIT,
    ARRIVAL,
    SERVICE,
    PER_WORKER,
    DRAIN,
    RUNBOOK_PHASE,
)
# set by background samples and probes while there is a platform
SAMPLED = (telemetry.ENGINE_UP, telemetry.WORKER_LAG, telemetry.WORKER_WANTED)
# fields of each of status.workers
WORKER_FIELDS = {
    "replicas": REPLICAS,
    "arrivalPerSecond": ARRIVAL,
    "servicePerSecond": SERVICE,
    "perWorkerPerSecond": PER_WORKER,
    "drainSeconds": DRAIN,
}


class GaugeValue(Struct, frozen=True):
    """One number; `labels` are those behind `platform`."""

    gauge: Gauge
    value: float
    labels: tuple[str, ...] = ()


def build_measures(observed: Observed) -> tuple[GaugeValue, ...]:
    """Return what the resources of a platform say; what they do not say is left out."""
    status = observed.platform.status
    return (*_states(status), *_workers(status.get("workers", {})), *_runbooks(observed))


def _states(status: Mapping[str, Any]) -> Iterator[GaugeValue]:
    for condition in status.get("conditions", ()):
        yield GaugeValue(CONDITION, condition["status"] == "True", (condition["type"],))
    if "feedMode" in status:
        for mode in ServedFeedMode:
            yield GaugeValue(FEED_MODE, status["feedMode"] == mode.value, (mode.value,))
    if "degradedLevel" in status:
        yield GaugeValue(DEGRADED, status["degradedLevel"])


def _workers(workers: Mapping[str, Any]) -> Iterator[GaugeValue]:
    for record in WORKERS:
        component, found = record.component, workers.get(record.name, {})
        for field, gauge in WORKER_FIELDS.items():
            if field in found:
                yield GaugeValue(gauge, found[field], (component.value,))
        if "limitedBy" in found:
            for limit in LimitedBy:
                yield GaugeValue(LIMIT, found["limitedBy"] == limit.value, (component.value, limit.value))


def _runbooks(observed: Observed) -> Iterator[GaugeValue]:
    newest = {
        found.spec.runbook: found.status.phase
        for found in sorted(observed.executions, key=lambda e: (e.metadata.creation_timestamp or "", e.metadata.name))
    }
    for runbook, phase in newest.items():
        if phase is not None:
            yield GaugeValue(RUNBOOK_PHASE, 1, (runbook, phase.value))


def publish(platform: str, measures: Iterable[GaugeValue]) -> None:
    """Show these numbers of a platform, `namespace/name`, and no others."""
    _clear(platform, GAUGES)
    for measure in measures:
        measure.gauge.labels(platform, *measure.labels).set(measure.value)


def withdraw(platform: str) -> None:
    """Show nothing of a platform that is gone: alerts on what is left would never end."""
    _clear(platform, (*GAUGES, *SAMPLED))


def _clear(platform: str, gauges: Iterable[Gauge]) -> None:
    for gauge in gauges:
        gauge.remove_by_labels({"platform": platform})
