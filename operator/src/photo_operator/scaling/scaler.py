"""The scaler's part of a pass: observe, ask `decide`, write /scale where it differs. Called by `reconcile`."""

import structlog
from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_operator import telemetry
from photo_operator.cluster.kinds import SCALER_MANAGER, Kind
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.crds import Platform
from photo_operator.desired.components import Component
from photo_operator.desired.workloads import deployment_name
from photo_operator.observe.gather import Observed
from photo_operator.observe.workloads import foreign_scaler, replica_owners, rollout
from photo_operator.runbooks.effects import build_effects
from photo_operator.runbooks.model import GuardedTarget
from photo_operator.runbooks.targets import read_leases
from photo_operator.scaling.decide import decide
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Bounds, Decision, Observation
from photo_operator.scaling.replicas import build_claim
from photo_operator.status import Scaling

MAX_AGE_SECONDS = 15.0

log = structlog.get_logger(__name__)


def bounds_of(platform: Platform) -> Bounds:
    """Return what the spec allows."""
    fanout = platform.spec.workers.fanout
    return Bounds(fanout.replicas.min, fanout.replicas.max, fanout.drain_target_seconds)


class Watched(Struct, frozen=True):
    """What a platform's scaler looks at beside the cluster; `now` is in monotonic seconds."""

    history: ScalingHistory
    now: float
    redis_good: bool


def build_observation(observed: Observed, watched: Watched) -> Observation:
    """Return what a decision is made from."""
    name, history = observed.platform.metadata.name, watched.history
    policy = observed.policy
    return Observation(
        now=watched.now,
        replicas=rollout(observed.children, name, Component.FANOUT).wanted,
        bounds=bounds_of(observed.platform),
        lag=history.latest(watched.now, MAX_AGE_SECONDS),
        rates=history.rates(),
        wanted_recently=history.wanted_recently(),
        last_move=history.last_move,
        pulling=policy is not None and policy.feed_mode is FeedMode.PULL and not watched.redis_good,
        foreign_scaler=foreign_scaler(replica_owners(observed.children, name, Component.FANOUT)),
        held_by=read_leases(observed.leases, name).get(GuardedTarget.FANOUT),
        floor=build_effects(observed.platform.spec, observed.own_executions).fanout_floor or 0,
    )


async def scale(cluster: ClusterWriter, observed: Observed, watched: Watched) -> Scaling | None:
    """Decide and write; return what was seen and decided, or None where there is nothing to scale."""
    name, history = observed.platform.metadata.name, watched.history
    if not rollout(observed.children, name, Component.FANOUT).exists:
        return None
    seen = build_observation(observed, watched)
    decision = decide(seen)
    history.wish(watched.now, decision.wanted if history.wanted_recently() else max(decision.wanted, seen.replicas))
    telemetry.FANOUT_WANTED.labels(f"{observed.platform.metadata.namespace}/{name}").set(decision.wanted)
    if not observed.platform.spec.pause_requests:
        await _write(cluster, observed, decision, watched)
    return Scaling(decision, seen.lag, seen.rates)


async def _write(cluster: ClusterWriter, observed: Observed, decision: Decision, watched: Watched) -> None:
    platform = observed.platform
    name = deployment_name(platform.metadata.name, Component.FANOUT)
    current = rollout(observed.children, platform.metadata.name, Component.FANOUT).wanted
    try:
        if not replica_owners(observed.children, platform.metadata.name, Component.FANOUT):
            claim = build_claim(platform.metadata.namespace, name, decision.replicas)
            await cluster.apply(Kind.DEPLOYMENT, claim, SCALER_MANAGER)
        elif decision.replicas != current:
            await cluster.scale(platform.metadata.namespace, name, decision.replicas)
    except ClusterRefused as refused:
        log.warning("scale refused", deployment=name, reason=str(refused))
        return
    if decision.replicas != current:
        watched.history.last_move = watched.now
        telemetry.DECISIONS.labels("scaling", Component.FANOUT.value, decision.limited_by.value).inc()
        log.info("scaled", deployment=name, replicas=decision.replicas, why=decision.explanation)
