"""Builds `PhotoPlatform.status` and writes it. `build_status` is pure; `write_status` is one patch, only on change."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine
from photo_operator import telemetry
from photo_operator.apply import Refusal
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterWriter
from photo_operator.conditions import ConditionType, Reason
from photo_operator.crds import Manifest, Platform, ServiceType
from photo_operator.desired.components import Component
from photo_operator.engines.model import Health
from photo_operator.hindrances import hindrances
from photo_operator.incidents import Execution
from photo_operator.maintenance import maintenance_at
from photo_operator.observe.pods import PodFacts, trouble_of
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.scaling.model import Flow, LimitedBy, Record, Scaling, Service
from photo_operator.scaling.need import drain_seconds, rounded
from photo_operator.scaling.replicas import Counted

WORKER_NAMES: dict[Component, str] = {
    Component.FANOUT: "fanout",
    Component.FANOUT_PLANNER: "fanoutPlanner",
    Component.IMAGE_ENCODE: "imageEncode",
    Component.MEDIA_INGEST: "mediaIngest",
    Component.OUTBOX_RELAY: "outboxRelay",
    Component.FEED_REBUILD: "feedRebuild",
    Component.INTERACTION_COUNTER: "interactionCounter",
    Component.PURGE: "purge",
}


NEAR, NEAR_FEW = 0.25, 0.5  # rates that differ by such a part, or by so little, are shown as they were
RECORDS = 20  # moves of each worker that the status shows
PREPARING = "topics, schemas and buckets are being prepared"


class Seen(Struct, frozen=True):
    """All that a status is built from."""

    platform: Platform
    now: str  # RFC 3339 UTC
    job: JobState
    schema_version: str | None
    job_trouble: str
    rollouts: dict[Component, Rollout]
    pods: tuple[PodFacts, ...]
    healths: dict[Engine, Health]
    feed_mode: FeedMode | None
    feeds_to_rebuild: int = 0
    degraded_level: int = 0
    executions: tuple[Execution, ...] = ()  # under way, oldest first
    scalings: Mapping[Component, Scaling] = {}
    refusals: tuple[Refusal, ...] = ()
    counted: tuple[Counted, ...] = ()
    waiting: tuple[Component, ...] = ()  # for their turn to take a new version
    blind_autoscaler: str = ""
    leader_epoch: int = 0  # what pods are told with, which never falls
    unsettled: int = 0  # children that were not as they shall be when this pass read them
    prepared: bool = True  # whether `schema_version` is the one that the spec wants


class Judgement(Struct, frozen=True):
    """A condition without its times."""

    type: ConditionType
    status: str
    reason: Reason
    message: str = ""


def _judge(kind: ConditionType, truth: object, reason: Reason, message: str = "") -> Judgement:
    return Judgement(kind, "True" if truth else "False", reason, message)


def judge_ready(seen: Seen) -> Judgement:
    """Can users post and read?"""
    api = seen.rollouts.get(Component.API, Rollout())
    if seen.schema_version is None and not api.exists:
        return _judge_unprovisioned(seen)
    if api.available == 0:
        trouble = trouble_of(seen.pods, Component.API) or "no pod is available yet"
        return _judge(ConditionType.READY, False, Reason.API_UNAVAILABLE, f"api: {trouble}")
    return _judge(ConditionType.READY, True, Reason.SERVING, "users can post and read")


def _judge_unprovisioned(seen: Seen) -> Judgement:
    if seen.job is JobState.FAILED:
        message = f"the provisioning Job failed: {seen.job_trouble or 'see its pods'}; it is tried again"
        return _judge(ConditionType.READY, False, Reason.PROVISIONING_FAILED, message)
    message = f"{_preparing(seen)}. {seen.job_trouble}".rstrip(". ")
    return _judge(ConditionType.READY, False, Reason.PROVISIONING, message)


def _preparing(seen: Seen) -> str:
    broken = [health.message for health in seen.healths.values() if health.reason in _SECRET_REASONS]
    return f"waiting for secrets: {'; '.join(broken)}" if broken else PREPARING


_SECRET_REASONS = frozenset({Reason.SECRET_MISSING, Reason.SECRET_KEY_MISSING, Reason.SECRET_MALFORMED})


def judge_engines(seen: Seen) -> Judgement:
    """Does every engine answer the operator?"""
    bad = [health for health in seen.healths.values() if not health.good]
    if not bad:
        return _judge(ConditionType.ENGINES_REACHABLE, True, Reason.ALL_REACHABLE, "every engine answers")
    known = [health for health in bad if health.reason is not Reason.NOT_PROBED]
    if not known:
        probing = "the first probes are under way"
        return Judgement(ConditionType.ENGINES_REACHABLE, "Unknown", Reason.NOT_PROBED, probing)
    sentences = [f"{health.engine}: {health.reason}: {health.message}; {health.next_step}" for health in known]
    return _judge(ConditionType.ENGINES_REACHABLE, False, known[0].reason, ". ".join(sentences)[:1500])


def judge_progressing(seen: Seen) -> Judgement:
    """Are children still on their way?"""
    if seen.refusals:
        message = "; ".join(f"{found.kind.value.name} {found.name}: {found.message}" for found in seen.refusals)
        return _judge(ConditionType.PROGRESSING, False, Reason.CHILD_REFUSED, message[:1500])
    if seen.job is JobState.FAILED:
        message = f"the provisioning Job failed: {seen.job_trouble or 'see its pods'}"
        return _judge(ConditionType.PROGRESSING, False, Reason.PROVISIONING_FAILED, message)
    stuck = _stuck(seen)
    if stuck:
        return _judge(ConditionType.PROGRESSING, False, Reason.ROLLOUT_STUCK, stuck)
    if seen.job is JobState.RUNNING or not seen.prepared:
        return _judge(ConditionType.PROGRESSING, True, Reason.PROVISIONING, _preparing(seen))
    return _judge_children(seen)


def _stuck(seen: Seen) -> str:
    """Return why a new version does not come up beside one that serves; empty where it does, or none serves yet."""
    api = seen.rollouts.get(Component.API, Rollout())
    if not api.exists:
        return ""
    sentences = [*hindrances(seen.rollouts, seen.pods)]
    if seen.job is JobState.RUNNING and not seen.prepared and seen.job_trouble:
        sentences.append(f"{Component.PROVISION}: {seen.job_trouble}; nothing is rolled out before it succeeds")
    waiting = f"waiting: {', '.join(seen.waiting)}" if sentences and seen.waiting else ""
    return "; ".join([*sentences, *([waiting] if waiting else [])])[:1500]


def _judge_children(seen: Seen) -> Judgement:
    if seen.unsettled:
        verb = "held by a pause" if seen.platform.spec.pause_requests else "being written"
        return _judge(ConditionType.PROGRESSING, True, Reason.APPLYING, f"{seen.unsettled} children are {verb}")
    moving = [component.value for component, found in seen.rollouts.items() if not found.up_to_date]
    scaled = _scaled_now(seen)
    if moving or seen.waiting or scaled:
        moving = moving or ([] if seen.waiting else scaled)
        waiting = f"waiting: {', '.join(seen.waiting)}" if seen.waiting else ""
        message = "; ".join(filter(None, (", ".join(moving), waiting)))
        return _judge(ConditionType.PROGRESSING, True, Reason.ROLLING_OUT, message)
    return _judge(ConditionType.PROGRESSING, False, Reason.UP_TO_DATE, "every child is as it shall be")


def _scaled_now(seen: Seen) -> list[str]:
    """Return the workers of which this very pass asked for another number than it had read."""
    if seen.platform.spec.pause_requests:
        return []
    moved = seen.scalings.items()
    return [name.value for name, found in moved if found.decision.replicas != seen.rollouts[name].wanted]


def judge_degraded(seen: Seen) -> Judgement:
    """Does something work worse than it should?"""
    if seen.feed_mode is FeedMode.PULL:
        message = "Redis is not asked; feeds come from author timelines"
        return _judge(ConditionType.DEGRADED, True, Reason.FEEDS_PULLED, message)
    if seen.feed_mode is FeedMode.REBUILDING:
        return _judge(ConditionType.DEGRADED, True, Reason.FEEDS_REBUILDING, "feeds are rebuilt as they are read")
    down = [health.engine.value for health in seen.healths.values() if not health.good]
    if down and seen.schema_version is not None:
        return _judge(ConditionType.DEGRADED, True, Reason.ENGINE_DOWN, ", ".join(down))
    return _judge_workers(seen)


def _judge_workers(seen: Seen) -> Judgement:
    stuck = _stuck(seen)
    if stuck:
        return _judge(ConditionType.DEGRADED, True, Reason.ROLLOUT_STUCK, stuck)
    foreign = _foreign_numbers(seen)
    if foreign:
        return _judge(ConditionType.DEGRADED, True, Reason.FOREIGN_SCALER, "; ".join(foreign))
    idle = [component for component, found in seen.rollouts.items() if found.exists and found.available == 0]
    if idle:
        sentences = [f"{component}: {trouble_of(seen.pods, component) or 'no available pod'}" for component in idle]
        return _judge(ConditionType.DEGRADED, True, Reason.WORKER_UNAVAILABLE, "; ".join(sentences)[:1500])
    if seen.blind_autoscaler:
        message = f"the number of API pods is held: {seen.blind_autoscaler}"
        return _judge(ConditionType.DEGRADED, True, Reason.AUTOSCALER_BLIND, message)
    return _judge(ConditionType.DEGRADED, False, Reason.AS_EXPECTED)


def _foreign_numbers(seen: Seen) -> list[str]:
    """Return a sentence for each number of pods that somebody else has set."""
    held = [
        f"{found.component}: {found.foreign} set {found.current}; held. Scale to 0 to give the number back"
        for found in seen.counted
        if found.foreign is not None
    ]
    foreign = [
        f"{component}: {found.decision.explanation}"
        for component, found in seen.scalings.items()
        if found.decision.limited_by is LimitedBy.FOREIGN_SCALER
    ]
    return [*foreign, *held]


def judge_paused(seen: Seen) -> Judgement:
    """Does the operator hold still, or its runbooks alone?"""
    spec = seen.platform.spec
    window = maintenance_at(spec.maintenance_windows, seen.now)
    sentences = [f"on request, nothing but status is written: {said.reason}" for said in spec.pause_requests]
    if window is not None:
        sentences.append(f"maintenance until {window.until}, no runbook starts by itself: {window.reason}")
    if not sentences:
        return _judge(ConditionType.PAUSED, False, Reason.NOT_PAUSED)
    reason = Reason.REQUESTED if spec.pause_requests else Reason.MAINTENANCE_WINDOW
    return _judge(ConditionType.PAUSED, True, reason, "; ".join(sentences)[:1500])


def judge_remediating(seen: Seen) -> Judgement:
    """Is a runbook under way?"""
    if not seen.executions:
        return _judge(ConditionType.REMEDIATING, False, Reason.IDLE)
    said = [f"{found.metadata.name} is {found.status.phase or 'new'}" for found in seen.executions]
    return _judge(ConditionType.REMEDIATING, True, Reason.RUNBOOK_RUNNING, "; ".join(said)[:1500])


JUDGES = (judge_ready, judge_engines, judge_progressing, judge_degraded, judge_paused, judge_remediating)


def _worker_status(found: Rollout) -> Manifest:
    return {"replicas": found.current, "desired": found.wanted}


def _scaled_status(found: Rollout, scaling: Scaling, before: Manifest) -> Manifest:
    decision, flows = scaling.decision, scaling.flows
    status: Manifest = {
        "replicas": found.current,
        "desired": decision.replicas,
        "limitedBy": decision.limited_by.value,
        "explanation": decision.explanation,
    }
    if flows is not None:
        status |= _flow_status(found, flows, scaling.service)
    if scaling.service is not None:
        status["perWorkerPerSecond"] = rounded(scaling.service.per_worker)
    status = steadied(before, status)
    decisions = merged_records(before.get("decisions", ()), scaling.records)
    return status | ({"decisions": decisions} if decisions else {})


RATES = ("arrivalPerSecond", "servicePerSecond", "perWorkerPerSecond")


def steadied(before: Manifest, after: Manifest) -> Manifest:
    """Return a worker's status without jitter: rates that hardly moved, and a sentence in which nothing else did."""
    kept = {key: before[key] for key in RATES if key in before and key in after and is_near(before[key], after[key])}
    steady = after | kept
    same = all(before.get(key) == value for key, value in steady.items() if key != "explanation")
    return steady | {"explanation": before["explanation"]} if same and "explanation" in before else steady


def is_near(before: float, after: float) -> bool:
    """Whether a rate is about what it was; none at all is never near some."""
    return before == after or (after > 0 and abs(after - before) <= max(NEAR * before, NEAR_FEW))


def _flow_status(found: Rollout, flows: tuple[Flow, ...], service: Service | None) -> Manifest:
    lag, done = sum(flow.lag for flow in flows), sum(flow.service for flow in flows)
    drain = drain_seconds(lag, done if service is None else service.per_worker * max(1, found.current))
    return {
        "lag": int(rounded(lag)),
        "arrivalPerSecond": rounded(sum(flow.arrival for flow in flows)),
        "servicePerSecond": rounded(done),
        **({} if drain is None else {"drainSeconds": int(rounded(drain))}),
    }


def merged_records(before: Iterable[Manifest], records: Iterable[Record]) -> list[Manifest]:
    """Return the last moves, oldest first: those that the status had, and those that this process remembers."""
    known = {(found["time"], found["from"], found["to"]): found for found in before}
    for record in records:
        told = {"limitedBy": record.limited_by.value, "explanation": record.explanation}
        known[record.time, record.before, record.after] = {
            "time": record.time,
            "from": record.before,
            "to": record.after,
            **told,
        }
    return sorted(known.values(), key=lambda found: str(found["time"]))[-RECORDS:]


def _workers(seen: Seen) -> Manifest:
    workers = {
        name: _worker_status(seen.rollouts[component])
        for component, name in WORKER_NAMES.items()
        if component in seen.rollouts and seen.rollouts[component].exists
    }
    before = seen.platform.status.get("workers", {})
    for component, scaling in seen.scalings.items():
        name = WORKER_NAMES[component]
        workers[name] = _scaled_status(seen.rollouts[component], scaling, before.get(name, {}))
    return workers


def _api_url(seen: Seen) -> str | None:
    service = seen.platform.spec.api.service
    metadata = seen.platform.metadata
    if service.type is ServiceType.CLUSTER_IP:
        return f"http://{metadata.name}-api.{metadata.namespace}.svc:8000"
    host = next((pod.host for pod in seen.pods if pod.component == Component.API and pod.host), None)
    return f"http://{host}:{service.node_port}" if host and service.node_port else None


def _condition(judgement: Judgement, before: Manifest | None, seen: Seen) -> Manifest:
    turned = before is None or before.get("status") != judgement.status
    return {
        "type": judgement.type.value,
        "status": judgement.status,
        "reason": judgement.reason.value,
        "message": judgement.message,
        "lastTransitionTime": seen.now if turned or before is None else before["lastTransitionTime"],
        "observedGeneration": seen.platform.metadata.generation,
    }


def build_status(seen: Seen) -> Manifest:
    """Return the status of a platform."""
    before = {found["type"]: found for found in seen.platform.status.get("conditions", ())}
    status: Manifest = {
        "observedGeneration": seen.platform.metadata.generation,
        "leaderEpoch": seen.leader_epoch,
        "conditions": [_condition(judged, before.get(judged.type), seen) for judged in (j(seen) for j in JUDGES)],
        "workers": _workers(seen),
    }
    if seen.schema_version is not None:
        status["schemaVersion"] = seen.schema_version
    if seen.feed_mode is not None:
        status |= {"feedMode": seen.feed_mode.value.capitalize(), "degradedLevel": seen.degraded_level}
    if seen.feeds_to_rebuild:
        status["feedsToRebuild"] = int(rounded(seen.feeds_to_rebuild))
    url = _api_url(seen)
    if url is not None:
        status["apiURL"] = url
    return status


def count_decisions(before: Iterable[Manifest], after: Iterable[Manifest]) -> None:
    """Count the conditions that turned, or turned out to have another reason."""
    known = {found["type"]: (found["status"], found["reason"]) for found in before}
    for found in after:
        if known.get(found["type"]) != (found["status"], found["reason"]):
            telemetry.DECISIONS.labels("condition", f"{found['type']}={found['status']}", found["reason"]).inc()


def build_patch(before: Mapping[str, object], after: Mapping[str, object]) -> Manifest:
    """Return the merge patch from one status to another; empty where nothing changed."""
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    patch: Manifest = {key: _merge(before.get(key), value) for key, value in changed.items()}
    return patch | {key: None for key in before if key not in after}


def _merge(before: object, after: object) -> object:
    """Return a merge patch that leaves nothing of `before` behind."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        gone = {key: None for key in before if key not in after}
        return gone | {key: _merge(before.get(key), value) for key, value in after.items()}
    return after


async def write_status(cluster: ClusterWriter, platform: Platform, status: Manifest) -> bool:
    """Patch the status where it changed; return whether it did."""
    patch = build_patch(platform.status, status)
    if patch:
        await cluster.patch_status(Kind.PLATFORM, platform.metadata, patch)
    return bool(patch)
