"""The conditions of `PhotoPlatform.status`: one pure function a condition, from the same inputs."""

from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_operator.components.catalog import Component
from photo_operator.conditions import ConditionType, Reason
from photo_operator.crds.maintenance import maintenance_at
from photo_operator.observe.pods import trouble_of
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.scaling.model import LimitedBy
from photo_operator.status.hindrances import hindrances
from photo_operator.status.inputs import StatusInputs

PREPARING = "topics, schemas and buckets are being prepared"


class Judgement(Struct, frozen=True):
    """A condition without its times."""

    type: ConditionType
    status: str
    reason: Reason
    message: str = ""


def _judge(kind: ConditionType, truth: object, reason: Reason, message: str = "") -> Judgement:
    return Judgement(kind, "True" if truth else "False", reason, message)


def judge_ready(seen: StatusInputs) -> Judgement:
    """Can users post and read?"""
    api = seen.rollouts.get(Component.API, Rollout())
    if seen.schema_version is None and not api.exists:
        return _judge_unprovisioned(seen)
    if api.available == 0:
        trouble = trouble_of(seen.pods, Component.API) or "no pod is available yet"
        return _judge(ConditionType.READY, False, Reason.API_UNAVAILABLE, f"api: {trouble}")
    return _judge(ConditionType.READY, True, Reason.SERVING, "users can post and read")


def _judge_unprovisioned(seen: StatusInputs) -> Judgement:
    if seen.job is JobState.FAILED:
        message = f"the provisioning Job failed: {seen.job_trouble or 'see its pods'}; it is tried again"
        return _judge(ConditionType.READY, False, Reason.PROVISIONING_FAILED, message)
    message = f"{_preparing(seen)}. {seen.job_trouble}".rstrip(". ")
    return _judge(ConditionType.READY, False, Reason.PROVISIONING, message)


def _preparing(seen: StatusInputs) -> str:
    broken = [health.message for health in seen.healths.values() if health.reason in _SECRET_REASONS]
    return f"waiting for secrets: {'; '.join(broken)}" if broken else PREPARING


_SECRET_REASONS = frozenset({Reason.SECRET_MISSING, Reason.SECRET_KEY_MISSING, Reason.SECRET_MALFORMED})


def judge_engines(seen: StatusInputs) -> Judgement:
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


def judge_progressing(seen: StatusInputs) -> Judgement:
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


def _stuck(seen: StatusInputs) -> str:
    """Return why a new version does not come up beside one that serves; empty where it does, or none serves yet."""
    api = seen.rollouts.get(Component.API, Rollout())
    if not api.exists:
        return ""
    sentences = [*hindrances(seen.rollouts, seen.pods)]
    if seen.job is JobState.RUNNING and not seen.prepared and seen.job_trouble:
        sentences.append(f"{Component.PROVISION}: {seen.job_trouble}; nothing is rolled out before it succeeds")
    waiting = f"waiting: {', '.join(seen.waiting)}" if sentences and seen.waiting else ""
    return "; ".join([*sentences, *([waiting] if waiting else [])])[:1500]


def _judge_children(seen: StatusInputs) -> Judgement:
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


def _scaled_now(seen: StatusInputs) -> list[str]:
    """Return the workers of which this very pass asked for another number than it had read."""
    if seen.platform.spec.pause_requests:
        return []
    moved = seen.scalings.items()
    return [name.value for name, found in moved if found.decision.replicas != seen.rollouts[name].wanted]


def judge_degraded(seen: StatusInputs) -> Judgement:
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


def _judge_workers(seen: StatusInputs) -> Judgement:
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


def _foreign_numbers(seen: StatusInputs) -> list[str]:
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


def judge_paused(seen: StatusInputs) -> Judgement:
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


def judge_remediating(seen: StatusInputs) -> Judgement:
    """Is a runbook under way?"""
    if not seen.executions:
        return _judge(ConditionType.REMEDIATING, False, Reason.IDLE)
    said = [f"{found.metadata.name} is {found.status.phase or 'new'}" for found in seen.executions]
    return _judge(ConditionType.REMEDIATING, True, Reason.RUNBOOK_RUNNING, "; ".join(said)[:1500])


JUDGES = (judge_ready, judge_engines, judge_progressing, judge_degraded, judge_paused, judge_remediating)
