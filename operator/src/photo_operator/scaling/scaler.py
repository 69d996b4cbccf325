"""The scaler's part of a pass: observe each scaled worker, ask `decide`, write where it differs. Called by `reconcile`.

It writes /scale, and before it takes workers away the cost of deleting each of their pods, so that the idle go first.
"""

from collections.abc import Mapping

import structlog
from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_operator import telemetry
from photo_operator.cluster.kinds import SCALER_MANAGER, Kind
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.components.catalog import SCALED, Component, ScaledWorkerRecord
from photo_operator.crds.names import deployment_name
from photo_operator.crds.platform import Manifest
from photo_operator.observe.gather import Observed
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import foreign_scaler, replica_owners, rollout
from photo_operator.runbooks.effects import build_effects
from photo_operator.runbooks.targets import read_leases
from photo_operator.scaling.decide import decide
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Decision, Observation, Record, Scaling
from photo_operator.scaling.policy import policy_of
from photo_operator.scaling.replicas import build_claim

MAX_AGE_SECONDS = 15.0
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"

log = structlog.get_logger(__name__)


class Watched(Struct, frozen=True):
    """What the scaler looks at beside the cluster.

    Attributes:
        histories: of each scaled worker.
        now: monotonic seconds.
        time: RFC 3339 UTC.
        redis_good: whether every master answers the operator.
        hindered: why what a worker writes to is bad, by worker.
        in_flight: messages that each pod has taken and not committed.
    """

    histories: Mapping[Component, ScalingHistory]
    now: float
    time: str
    redis_good: bool
    hindered: Mapping[Component, str] = {}
    in_flight: Mapping[str, int] = {}


def build_observation(observed: Observed, scaled: ScaledWorkerRecord, watched: Watched) -> Observation:
    """Return what a decision is made from."""
    name, history = observed.platform.metadata.name, watched.histories[scaled.component]
    found = rollout(observed.children, name, scaled.component)
    pulled = observed.policy is not None and observed.policy.feed_mode is FeedMode.PULL
    is_fanout = scaled.component is Component.FANOUT
    return Observation(
        now=watched.now,
        replicas=found.wanted,
        ready=found.ready,
        flows=history.flows(watched.now, MAX_AGE_SECONDS),
        service=history.service,
        backlog_weight=history.backlog_weight,
        downstream=watched.hindered.get(scaled.component, ""),
        feeds_pulled=is_fanout and pulled and not watched.redis_good,
        foreign_scaler=foreign_scaler(replica_owners(observed.children, name, scaled.component)),
        held_by=read_leases(observed.leases, name).get(scaled.target),
        floor=_floor(observed) if is_fanout else 0,
        hot_key=history.hot_key,
    )


def _floor(observed: Observed) -> int:
    return build_effects(observed.platform.spec, observed.own_executions).fanout_floor or 0


async def scale_all(cluster: ClusterWriter, observed: Observed, watched: Watched) -> dict[Component, Scaling]:
    """Decide and write for each worker that there is; return what was seen and decided."""
    name = observed.platform.metadata.name
    there = [scaled for scaled in SCALED if rollout(observed.children, name, scaled.component).exists]
    return {scaled.component: await _scale(cluster, observed, scaled, watched) for scaled in there}


async def _scale(cluster: ClusterWriter, observed: Observed, scaled: ScaledWorkerRecord, watched: Watched) -> Scaling:
    platform, history = observed.platform, watched.histories[scaled.component]
    seen = build_observation(observed, scaled, watched)
    decision = decide(seen, policy_of(platform, scaled, watched.time), history.memory)
    labels = (f"{platform.metadata.namespace}/{platform.metadata.name}", scaled.component.value)
    telemetry.WORKER_WANTED.labels(*labels).set(decision.wanted)
    moved = False
    if not platform.spec.pause_requests:
        moved = await _write(cluster, observed, scaled, decision, watched)
    history.decided(seen, decision, moved=moved)
    if moved:
        history.record(
            Record(watched.time, seen.replicas, decision.replicas, decision.limited_by, decision.explanation)
        )
    return Scaling(decision, seen.flows, seen.service, history.records())


async def _write(
    cluster: ClusterWriter, observed: Observed, scaled: ScaledWorkerRecord, decision: Decision, watched: Watched
) -> bool:
    """Write the number of workers where it differs; return whether it was changed."""
    namespace, platform = observed.platform.metadata.namespace, observed.platform.metadata.name
    name = deployment_name(platform, scaled.component)
    current = rollout(observed.children, platform, scaled.component).wanted
    try:
        if not replica_owners(observed.children, platform, scaled.component):
            claim = build_claim(namespace, name, decision.replicas)
            await cluster.apply(Kind.DEPLOYMENT, claim, SCALER_MANAGER)
        elif decision.replicas != current:
            if decision.replicas < current:
                await _mark_costs(cluster, observed, scaled, watched.in_flight)
            await cluster.scale(namespace, name, decision.replicas)
    except ClusterRefused as refused:
        log.warning("scale refused", deployment=name, reason=str(refused))
        return False
    if decision.replicas == current:
        return False
    telemetry.DECISIONS.labels("scaling", scaled.component.value, decision.limited_by.value).inc()
    log.info("scaled", deployment=name, replicas=decision.replicas, why=decision.explanation)
    return True


async def _mark_costs(
    cluster: ClusterWriter, observed: Observed, scaled: ScaledWorkerRecord, in_flight: Mapping[str, int]
) -> None:
    """Tell the ReplicaSet which pods to take first; one that does not report is taken for busy."""
    pods = [pod for pod in observed.pods if pod.component == scaled.component]
    for pod in pods:
        cost = in_flight.get(pod.name, max(in_flight.values(), default=0))
        try:
            await cluster.apply(Kind.POD, build_cost(observed.platform.metadata.namespace, pod, cost), SCALER_MANAGER)
        except ClusterRefused as refused:  # it has gone meanwhile
            log.info("cost of a pod not written", pod=pod.name, reason=str(refused))


def build_cost(namespace: str, pod: PodFacts, cost: int) -> Manifest:
    """Return a pod's annotation alone; the pods of a ReplicaSet with the lowest cost go first."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": namespace, "annotations": {DELETION_COST: str(cost)}},
    }
