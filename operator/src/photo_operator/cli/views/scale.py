"""`photoplatform explain scale`: why there are so many workers, with the numbers to check it by hand."""

from typing import Any

from photo_operator.cli.views.base import View, ago, seconds_between
from photo_operator.cli.workers import status_name
from photo_operator.crds.maintenance import open_window
from photo_operator.crds.platform import Manifest, Platform, ScheduledEvent
from photo_operator.scaling.model import LimitedBy
from photo_operator.scaling.scaled import SCALED, Scaled

LAST_MOVES = 20
MEANINGS: dict[LimitedBy, str] = {  # {spec} is where the spec has the worker
    LimitedBy.NONE: "nothing keeps the number from what the lag asks for",
    LimitedBy.MIN: "fewer would do: raise nothing, or lower {spec}.replicas.min",
    LimitedBy.MAX: "{spec}.replicas.max is lower than what is wanted: raise it, or wait longer",
    LimitedBy.PARTITIONS: "every partition has its worker: more workers would idle",
    LimitedBy.HOT_PARTITION: (
        "one partition asks for more than the one worker that it can have, and more workers would idle:"
        " look at what floods it, which the calculation names where it is known, or wait until it is drained"
    ),
    LimitedBy.STUCK_PARTITION: (
        "what waits there is taken by nobody, and more workers would not take it either:"
        " look at the logs of the workers, and restart the one that holds the partition if it hangs"
    ),
    LimitedBy.SCHEDULED: "a known event keeps the number up until it ends: see {spec}.scheduledEvents",
    LimitedBy.MEASURING: (
        "what one worker does is not known well enough to ask for more of them: wait for some seconds;"
        " if it stays so, look whether the workers run and report"
    ),
    LimitedBy.REBALANCE_COST: "a move would cost more time than it gains: do nothing, the lag is gone sooner without",
    LimitedBy.SETTLING: "the last move has not shown its effect yet",
    LimitedBy.STABILIZING: "fewer would do, and the number falls once that has been so for a while",
    LimitedBy.DOWNSTREAM: (
        "what the workers write to fails, and more of them would press it harder:"
        " mend what the calculation names, see photoplatform status"
    ),
    LimitedBy.DOWNSTREAM_SATURATED: (
        "more workers have done no more than fewer: give what they write to, or the nodes that they run on,"
        " more room; more workers are tried again after some minutes"
    ),
    LimitedBy.METRICS_STALE: "the lag is not known, so the number is held: look at EnginesReachable",
    LimitedBy.PULL_MODE: "Redis is out: more workers could not write either",
    LimitedBy.RUNBOOK: "an execution holds the workers: see photoplatform executions",
    LimitedBy.FOREIGN_SCALER: "somebody else sets the number: delete that autoscaler, or leave it to it",
}


class DecisionView(View, frozen=True):
    """One move of the number of workers."""

    time: str
    ago: str
    before: int
    after: int
    limited_by: str
    explanation: str


class ScheduledEventView(View, frozen=True):
    """A time for which the spec wants more workers."""

    schedule: str
    duration_minutes: int
    replicas: int
    reason: str
    until: str  # when it ends; empty while it is not on


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
    decisions: list[DecisionView]  # the last moves, oldest first


class ExplainedScale(View, frozen=True):
    """`photoplatform explain scale`."""

    platform: str
    scaled: list[ScaleView]
    missing: list[str]  # scaled workers that are not there yet
    fixed: dict[str, int]  # workers whose number the spec alone says


def build_explained_scale(platform: Platform, now: str, only: Scaled | None = None) -> ExplainedScale:
    """Return why there are so many workers, of one kind alone where it is given."""
    workers: dict[str, Manifest] = platform.status.get("workers") or {}
    asked = {status_name(scaled.component): scaled for scaled in (SCALED if only is None else (only,))}
    return ExplainedScale(
        platform=platform.metadata.name,
        scaled=[_scaled(platform, scaled, now) for name, scaled in asked.items() if name in workers],
        missing=[name for name in asked if name not in workers],
        fixed=_fixed(workers) if only is None else {},
    )


def _fixed(workers: dict[str, Manifest]) -> dict[str, int]:
    scaled = {status_name(found.component) for found in SCALED}
    return {name: found.get("desired", 0) for name, found in sorted(workers.items()) if name not in scaled}


def _scaled(platform: Platform, scaled: Scaled, now: str) -> ScaleView:
    name, spec = status_name(scaled.component), scaled.stated(platform.spec)
    found: dict[str, Any] = platform.status["workers"][name]
    return ScaleView(
        worker=name,
        replicas=found.get("replicas", 0),
        desired=found.get("desired", 0),
        minimum=spec.replicas.min,
        maximum=spec.replicas.max,
        drain_target_seconds=spec.drain_target_seconds,
        lag=found.get("lag"),
        drain_seconds=found.get("drainSeconds"),
        arrival_per_second=found.get("arrivalPerSecond"),
        service_per_second=found.get("servicePerSecond"),
        per_worker_per_second=found.get("perWorkerPerSecond"),
        limited_by=found.get("limitedBy", ""),
        meaning=_meaning(found.get("limitedBy", ""), name),
        calculation=found.get("explanation", ""),
        scheduled_events=[_event(event, now) for event in spec.scheduled_events],
        decisions=[_decision(move, now) for move in found.get("decisions", ())[-LAST_MOVES:]],
    )


def _meaning(limited_by: str, name: str) -> str:
    """Return what a limit means for a worker; empty where this version does not know it."""
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


def _decision(move: Manifest, now: str) -> DecisionView:
    return DecisionView(
        time=move["time"],
        ago=ago(seconds_between(move["time"], now)),
        before=move["from"],
        after=move["to"],
        limited_by=move.get("limitedBy", ""),
        explanation=move.get("explanation", ""),
    )
