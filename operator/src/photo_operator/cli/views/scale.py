"""`photoplatform explain scale`: why there are so many workers, with the numbers to check it by hand."""

from typing import Any

from photo_operator.cli.views.base import View
from photo_operator.crds import Platform
from photo_operator.scaling.model import LimitedBy

MEANINGS: dict[LimitedBy, str] = {
    LimitedBy.NONE: "nothing keeps the number from what the lag asks for",
    LimitedBy.MIN: "fewer would do: raise nothing, or lower spec.workers.fanout.replicas.min",
    LimitedBy.MAX: "spec.workers.fanout.replicas.max is lower than what is wanted: raise it, or wait longer",
    LimitedBy.PARTITIONS: "every partition has its worker: more workers would idle",
    LimitedBy.SETTLING: "the last move has not shown its effect yet",
    LimitedBy.STABILIZING: "fewer would do, and the number falls once that has been so for a while",
    LimitedBy.METRICS_STALE: "the lag is not known, so the number is held: look at EnginesReachable",
    LimitedBy.PULL_MODE: "Redis is out: more workers could not write either",
    LimitedBy.RUNBOOK: "an execution holds the fan-out: see photoplatform executions",
    LimitedBy.FOREIGN_SCALER: "somebody else sets the number: delete that autoscaler, or leave it to it",
}


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
    limited_by: str
    meaning: str
    calculation: str


class ExplainedScale(View, frozen=True):
    """`photoplatform explain scale`."""

    platform: str
    scaled: ScaleView | None
    fixed: dict[str, int]  # workers whose number the spec alone says


def build_explained_scale(platform: Platform) -> ExplainedScale:
    """Return why there are so many workers."""
    workers: dict[str, dict[str, Any]] = platform.status.get("workers") or {}
    fanout = workers.get("fanout")
    return ExplainedScale(
        platform=platform.metadata.name,
        scaled=_scaled(platform, fanout) if fanout else None,
        fixed={name: found.get("desired", 0) for name, found in sorted(workers.items()) if name != "fanout"},
    )


def _scaled(platform: Platform, found: dict[str, Any]) -> ScaleView:
    spec = platform.spec.workers.fanout
    limited_by = found.get("limitedBy", "")
    return ScaleView(
        worker="fanout",
        replicas=found.get("replicas", 0),
        desired=found.get("desired", 0),
        minimum=spec.replicas.min,
        maximum=spec.replicas.max,
        drain_target_seconds=spec.drain_target_seconds,
        lag=found.get("lag"),
        drain_seconds=found.get("drainSeconds"),
        arrival_per_second=found.get("arrivalPerSecond"),
        service_per_second=found.get("servicePerSecond"),
        limited_by=limited_by,
        meaning=MEANINGS[LimitedBy(limited_by)] if limited_by in set(LimitedBy) else "",
        calculation=found.get("explanation", ""),
    )
