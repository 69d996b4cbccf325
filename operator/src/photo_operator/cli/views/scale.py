"""`photoplatform explain scale`: the number of workers, with the calculation behind it."""

from typing import Any

from photo_operator.cli.views.base import View, ago, elapsed
from photo_operator.components.catalog import SCALED, ScaledWorkerRecord
from photo_operator.components.spec import drain_target_of, replicas_of, worker_spec
from photo_operator.crds.maintenance import open_window
from photo_operator.crds.platform import Manifest, Platform, ScheduledEvent
from photo_operator.scaling.model import MOVES_REMEMBERED, LimitedBy

MEANINGS: dict[LimitedBy, str] = {  # {spec} is the path of the worker in the spec
    LimitedBy.NONE: "the number is what the lag asks for",
    LimitedBy.MIN: "at {spec}.replicas.min; lower it to allow fewer workers",
    LimitedBy.MAX: "at {spec}.replicas.max; raise it to drain the lag sooner",
    LimitedBy.PARTITIONS: "every partition has a worker; more workers would be idle",
    LimitedBy.HOT_PARTITION: (
        "one partition needs more than the one worker that can read it, and more workers would be idle:"
        " look for the key that floods it (named in the calculation if it is known), or wait until it has drained"
    ),
    LimitedBy.STUCK_PARTITION: (
        "messages of a partition are not consumed, and more workers would not change that:"
        " look at the logs of the workers, and restart the one that is assigned the partition if it hangs"
    ),
    LimitedBy.SCHEDULED: "a scheduled event keeps the number up until it ends; see {spec}.scheduledEvents",
    LimitedBy.MEASURING: (
        "the throughput of one worker is not known well enough yet: wait some seconds;"
        " if it stays like this, check that the workers run and report metrics"
    ),
    LimitedBy.REBALANCE_COST: "a rebalance would take longer than it saves; the present workers drain the lag sooner",
    LimitedBy.SETTLING: "waits until the effect of the last change can be seen",
    LimitedBy.STABILIZING: "fewer workers are enough; the number falls once that has lasted for a while",
    LimitedBy.DOWNSTREAM: (
        "an engine that the workers write to is failing, and more workers would add load:"
        " repair the engine that the calculation names; see photoplatform status"
    ),
    LimitedBy.DOWNSTREAM_SATURATED: (
        "more workers achieved no more than fewer: give the engines that they write to, or the nodes,"
        " more capacity; more workers are tried again after some minutes"
    ),
    LimitedBy.METRICS_STALE: "the lag is not known, so the number is held; look at the condition EnginesReachable",
    LimitedBy.PULL_MODE: "Redis is down, so workers cannot write; the number is held",
    LimitedBy.RUNBOOK: "a runbook execution holds the workers; see photoplatform executions",
    LimitedBy.FOREIGN_SCALER: "another field manager sets the number; delete that autoscaler to give the number back",
}


class ScalingChangeView(View, frozen=True):
    """One change of the number of workers."""

    time: str
    ago: str
    before: int
    after: int
    limited_by: str
    explanation: str


class ScheduledEventView(View, frozen=True):
    """A scheduled event of the spec."""

    schedule: str
    duration_minutes: int
    replicas: int
    reason: str
    until: str  # when it ends; empty unless it is on


class ScaleView(View, frozen=True):
    """One worker that the operator scales."""

    worker: str
    replicas: int
    desired: int
    minimum: int
    maximum: int
    drain_target_seconds: int
    lag: int | None
    drain_seconds: int | None
    arrival_per_second: float | None
    service_per_second: float | None
    per_worker_per_second: float | None
    limited_by: str
    meaning: str
    calculation: str
    scheduled_events: list[ScheduledEventView]
    decisions: list[ScalingChangeView]  # the last changes, oldest first


class ExplainedScale(View, frozen=True):
    """`photoplatform explain scale`."""

    platform: str
    scaled: list[ScaleView]
    missing: list[str]  # scaled workers that do not exist yet
    fixed: dict[str, int]  # workers whose number is set by the spec alone


def build_explained_scale(platform: Platform, now: str, only: ScaledWorkerRecord | None = None) -> ExplainedScale:
    """Return the explanation of all scaled workers, or of one."""
    workers: dict[str, Manifest] = platform.status.get("workers") or {}
    asked = {scaled.name: scaled for scaled in (SCALED if only is None else (only,))}
    return ExplainedScale(
        platform=platform.metadata.name,
        scaled=[_scaled(platform, scaled, now) for name, scaled in asked.items() if name in workers],
        missing=[name for name in asked if name not in workers],
        fixed=_fixed(workers) if only is None else {},
    )


def _fixed(workers: dict[str, Manifest]) -> dict[str, int]:
    scaled = {found.name for found in SCALED}
    return {name: found.get("desired", 0) for name, found in sorted(workers.items()) if name not in scaled}


def _scaled(platform: Platform, scaled: ScaledWorkerRecord, now: str) -> ScaleView:
    name, bounds = scaled.name, replicas_of(platform.spec, scaled.component)
    found: dict[str, Any] = platform.status["workers"][name]
    return ScaleView(
        worker=name,
        replicas=found.get("replicas", 0),
        desired=found.get("desired", 0),
        minimum=bounds.min,
        maximum=bounds.max,
        drain_target_seconds=drain_target_of(platform.spec, scaled),
        lag=found.get("lag"),
        drain_seconds=found.get("drainSeconds"),
        arrival_per_second=found.get("arrivalPerSecond"),
        service_per_second=found.get("servicePerSecond"),
        per_worker_per_second=found.get("perWorkerPerSecond"),
        limited_by=found.get("limitedBy", ""),
        meaning=_meaning(found.get("limitedBy", ""), name),
        calculation=found.get("explanation", ""),
        scheduled_events=[_event(event, now) for event in worker_spec(platform.spec, scaled).scheduled_events],
        decisions=[_decision(move, now) for move in found.get("decisions", ())[-MOVES_REMEMBERED:]],
    )


def _meaning(limited_by: str, name: str) -> str:
    """Return the meaning of a limit for a worker; empty if this version does not know the limit."""
    known = limited_by in set(LimitedBy)
    return MEANINGS[LimitedBy(limited_by)].format(spec=f"spec.workers.{name}") if known else ""


def _event(event: ScheduledEvent, now: str) -> ScheduledEventView:
    window = open_window(event, now)
    return ScheduledEventView(
        schedule=event.schedule,
        duration_minutes=event.duration_minutes,
        replicas=event.replicas,
        reason=event.reason,
        until=window.until if window else "",
    )


def _decision(move: Manifest, now: str) -> ScalingChangeView:
    return ScalingChangeView(
        time=move["time"],
        ago=ago(elapsed(move["time"], now)),
        before=move["from"],
        after=move["to"],
        limited_by=move.get("limitedBy", ""),
        explanation=move.get("explanation", ""),
    )
