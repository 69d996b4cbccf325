"""The scaler's part of a pass: observe, ask `decide`, write /scale where it differs. Called by `reconcile`."""

import structlog

from photo_core.domain.runtime_policy import FeedMode
from photo_operator import telemetry
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.crds import Platform
from photo_operator.desired.components import Component
from photo_operator.desired.workloads import deployment_name
from photo_operator.observe.gather import Observed
from photo_operator.observe.workloads import foreign_scaler, rollout
from photo_operator.scaling.decide import decide
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Bounds, Decision, Observation
from photo_operator.status import Scaling

MAX_AGE_SECONDS = 15.0

log = structlog.get_logger(__name__)


def bounds_of(platform: Platform) -> Bounds:
    """Return what the spec allows."""
    fanout = platform.spec.workers.fanout
    return Bounds(fanout.replicas.min, fanout.replicas.max, fanout.drain_target_seconds)


def build_observation(observed: Observed, history: ScalingHistory, now: float) -> Observation:
    """Return what a decision is made from."""
    name = observed.platform.metadata.name
    policy = observed.policy
    return Observation(
        now=now,
        replicas=rollout(observed.children, name, Component.FANOUT).wanted,
        bounds=bounds_of(observed.platform),
        lag=history.latest(now, MAX_AGE_SECONDS),
        rates=history.rates(),
        wanted_recently=history.wanted_recently(),
        last_move=history.last_move,
        pulling=policy is not None and policy.feed_mode is FeedMode.PULL,
        foreign_scaler=foreign_scaler(observed.children, name, Component.FANOUT),
    )


async def scale(cluster: ClusterWriter, observed: Observed, history: ScalingHistory, now: float) -> Scaling | None:
    """Decide and write; return what was seen and decided, or None where there is nothing to scale."""
    name = observed.platform.metadata.name
    if not rollout(observed.children, name, Component.FANOUT).exists:
        return None
    seen = build_observation(observed, history, now)
    decision = decide(seen)
    history.wish(now, decision.wanted if history.wanted_recently() else max(decision.wanted, seen.replicas))
    telemetry.FANOUT_WANTED.labels(name).set(decision.wanted)
    if decision.replicas != seen.replicas and not observed.platform.spec.pause_requests:
        await _move(cluster, observed.platform, decision, history, now)
    return Scaling(decision, seen.lag, seen.rates)


async def _move(
    cluster: ClusterWriter, platform: Platform, decision: Decision, history: ScalingHistory, now: float
) -> None:
    deployment = deployment_name(platform.metadata.name, Component.FANOUT)
    try:
        await cluster.scale(platform.metadata.namespace, deployment, decision.replicas)
    except ClusterRefused as refused:
        log.warning("scale refused", deployment=deployment, reason=str(refused))
        return
    history.last_move = now
    log.info("scaled", deployment=deployment, replicas=decision.replicas, why=decision.explanation)
