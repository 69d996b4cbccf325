"""The scaler's part of a pass: observe each scaled worker, ask `decide`, write what differs. Called by `reconcile`.

It writes /scale. Before it removes workers it writes the cost of deleting each of their pods, so that idle ones go
first.
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
from photo_operator.observe.context import PassContext
from photo_operator.observe.pods import PodFacts
from photo_operator.observe.workloads import Rollout
from photo_operator.runbooks.effects import build_effects
from photo_operator.scaling.decide import decide
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Decision, Observation, Record, Scaling
from photo_operator.scaling.policy import policy_of
from photo_operator.scaling.replicas import build_claim
from photo_operator.signals import Signal

MAX_AGE_SECONDS = 15.0
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"

log = structlog.get_logger(__name__)


class WorkerSamples(Struct, frozen=True):
    """What was sampled of the scaled workers in the background.

    Attributes:
        histories: of each scaled worker.
        in_flight: messages that each pod has taken and not committed.
    """

    histories: Mapping[Component, ScalingHistory]
    in_flight: Mapping[str, int] = {}


def build_observation(
    context: PassContext, scaled: ScaledWorkerRecord, found: Rollout, samples: WorkerSamples
) -> Observation:
    """Return what a decision about one worker is made from."""
    observed, history = context.observed, samples.histories[scaled.component]
    pulled = observed.policy is not None and observed.policy.feed_mode is FeedMode.PULL
    redis_answers = context.evidence.readings.get(Signal.FEED_CACHE_PROBE_GOOD) == 1
    is_fanout = scaled.component is Component.FANOUT
    return Observation(
        now=context.monotonic,
        replicas=found.wanted,
        ready=found.ready,
        flows=history.flows(context.monotonic, MAX_AGE_SECONDS),
        service=history.service,
        backlog_weight=history.backlog_weight,
        downstream=context.failing_downstream.get(scaled.component, ""),
        feeds_pulled=is_fanout and pulled and not redis_answers,
        foreign_scaler=found.foreign_owner,
        held_by=context.lease_holders.get(scaled.target),
        floor=_floor(context) if is_fanout else 0,
        hot_key=history.hot_key,
    )


def _floor(context: PassContext) -> int:
    return build_effects(context.spec, context.observed.own_executions).fanout_floor or 0


async def scale_all(cluster: ClusterWriter, context: PassContext, samples: WorkerSamples) -> dict[Component, Scaling]:
    """Decide and write for each scaled worker that is deployed; return what was seen and decided."""
    rollouts = context.observed.rollouts
    deployed = [scaled for scaled in SCALED if rollouts.get(scaled.component, Rollout()).exists]
    return {scaled.component: await _scale(cluster, context, scaled, samples) for scaled in deployed}


async def _scale(
    cluster: ClusterWriter, context: PassContext, scaled: ScaledWorkerRecord, samples: WorkerSamples
) -> Scaling:
    platform, history = context.platform, samples.histories[scaled.component]
    found = context.observed.rollouts[scaled.component]
    observation = build_observation(context, scaled, found, samples)
    decision = decide(observation, policy_of(platform, scaled, context.now), history.memory)
    labels = (f"{platform.metadata.namespace}/{platform.metadata.name}", scaled.component.value)
    telemetry.WORKER_WANTED.labels(*labels).set(decision.wanted)
    moved = False
    # On request nothing but the status is written: the decision is shown, and not carried out.
    if not context.spec.pause_requests:
        moved = await _write(cluster, context, scaled, decision, samples.in_flight)
    history.decided(observation, decision, moved=moved)
    if moved:
        history.record(Record(context.now, found.wanted, decision.replicas, decision.limited_by, decision.explanation))
    return Scaling(decision, observation.flows, observation.service, history.records())


async def _write(
    cluster: ClusterWriter,
    context: PassContext,
    scaled: ScaledWorkerRecord,
    decision: Decision,
    in_flight: Mapping[str, int],
) -> bool:
    """Write the number of workers where it differs; return whether it was changed."""
    namespace, found = context.platform.metadata.namespace, context.observed.rollouts[scaled.component]
    name = deployment_name(context.platform.metadata.name, scaled.component)
    try:
        if not found.owners:
            claim = build_claim(namespace, name, decision.replicas)
            await cluster.apply(Kind.DEPLOYMENT, claim, SCALER_MANAGER)
        elif decision.replicas != found.wanted:
            if decision.replicas < found.wanted:
                await _write_deletion_costs(cluster, context, scaled, in_flight)
            await cluster.scale(namespace, name, decision.replicas)
    except ClusterRefused as refused:
        log.warning("scale refused", deployment=name, reason=str(refused))
        return False
    if decision.replicas == found.wanted:
        return False
    telemetry.DECISIONS.labels("scaling", scaled.component.value, decision.limited_by.value).inc()
    log.info("scaled", deployment=name, replicas=decision.replicas, why=decision.explanation)
    return True


async def _write_deletion_costs(
    cluster: ClusterWriter, context: PassContext, scaled: ScaledWorkerRecord, in_flight: Mapping[str, int]
) -> None:
    """Write which pods the ReplicaSet should delete first; a pod that does not report counts as the busiest."""
    for pod in (pod for pod in context.observed.pods if pod.component == scaled.component):
        cost = in_flight.get(pod.name, max(in_flight.values(), default=0))
        try:
            await cluster.apply(Kind.POD, build_cost(context.platform.metadata.namespace, pod, cost), SCALER_MANAGER)
        except ClusterRefused as refused:  # the pod is gone by now
            log.info("deletion cost not written", pod=pod.name, reason=str(refused))


def build_cost(namespace: str, pod: PodFacts, cost: int) -> Manifest:
    """Return a pod's deletion cost alone; the pods of a ReplicaSet with the lowest cost are deleted first."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": namespace, "annotations": {DELETION_COST: str(cost)}},
    }
