"""The conditions of `PhotoPlatform.status`: one pure function each, from the same inputs. Called by `build`."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_operator.components.catalog import Component
from photo_operator.conditions import ConditionType, Reason
from photo_operator.crds.maintenance import maintenance_at
from photo_operator.observe.pods import PodFacts, trouble_of
from photo_operator.observe.workloads import JobState, Rollout
from photo_operator.scaling.model import LimitedBy
from photo_operator.status.inputs import StatusInputs

PREPARING = "topics, schemas and buckets are being prepared"
LONGEST_MESSAGE = 1500  # characters


class ConditionState(Struct, frozen=True):
    """A condition without its times."""

    type: ConditionType
    status: str
    reason: Reason
    message: str = ""


def _state(kind: ConditionType, truth: object, reason: Reason, message: str = "") -> ConditionState:
    return ConditionState(kind, "True" if truth else "False", reason, message[:LONGEST_MESSAGE])


def judge_ready(inputs: StatusInputs) -> ConditionState:
    """Whether users can post and read."""
    api = inputs.rollouts.get(Component.API, Rollout())
    # Before the engines are prepared for the first time there is no API to judge.
    if inputs.schema_version is None and not api.exists:
        return _judge_unprovisioned(inputs)
    if api.available == 0:
        trouble = trouble_of(inputs.pods, Component.API) or "no pod is available yet"
        return _state(ConditionType.READY, False, Reason.API_UNAVAILABLE, f"api: {trouble}")
    return _state(ConditionType.READY, True, Reason.SERVING, "users can post and read")


def _judge_unprovisioned(inputs: StatusInputs) -> ConditionState:
    if inputs.job is JobState.FAILED:
        message = f"the provisioning Job failed: {inputs.job_trouble or 'see its pods'}; it is tried again"
        return _state(ConditionType.READY, False, Reason.PROVISIONING_FAILED, message)
    message = f"{_preparing(inputs)}. {inputs.job_trouble}".rstrip(". ")
    return _state(ConditionType.READY, False, Reason.PROVISIONING, message)


def _preparing(inputs: StatusInputs) -> str:
    broken = [health.message for health in inputs.healths.values() if health.reason in _SECRET_REASONS]
    return f"waiting for secrets: {'; '.join(broken)}" if broken else PREPARING


_SECRET_REASONS = frozenset({Reason.SECRET_MISSING, Reason.SECRET_KEY_MISSING, Reason.SECRET_MALFORMED})


def judge_engines(inputs: StatusInputs) -> ConditionState:
    """Whether every engine answers the operator."""
    bad = [health for health in inputs.healths.values() if not health.good]
    if not bad:
        return _state(ConditionType.ENGINES_REACHABLE, True, Reason.ALL_REACHABLE, "every engine answers")
    known = [health for health in bad if health.reason is not Reason.NOT_PROBED]
    # No probe has ended yet, so that nobody can say whether an engine answers.
    if not known:
        probing = "the first probes are under way"
        return ConditionState(ConditionType.ENGINES_REACHABLE, "Unknown", Reason.NOT_PROBED, probing)
    sentences = [f"{health.engine}: {health.reason}: {health.message}; {health.next_step}" for health in known]
    return _state(ConditionType.ENGINES_REACHABLE, False, known[0].reason, ". ".join(sentences))


def judge_progressing(inputs: StatusInputs) -> ConditionState:
    """Whether resources are still changing into what the spec asks for."""
    # What cannot make progress without a person comes first; what makes progress by itself follows.
    if inputs.refusals:
        message = "; ".join(f"{found.kind.value.name} {found.name}: {found.message}" for found in inputs.refusals)
        return _state(ConditionType.PROGRESSING, False, Reason.CHILD_REFUSED, message)
    if inputs.job is JobState.FAILED:
        message = f"the provisioning Job failed: {inputs.job_trouble or 'see its pods'}"
        return _state(ConditionType.PROGRESSING, False, Reason.PROVISIONING_FAILED, message)
    stuck = _stuck_rollout(inputs)
    if stuck:
        return _state(ConditionType.PROGRESSING, False, Reason.ROLLOUT_STUCK, stuck)
    # Nothing is rolled out before the engines are prepared for this version.
    if inputs.job is JobState.RUNNING or not inputs.prepared:
        return _state(ConditionType.PROGRESSING, True, Reason.PROVISIONING, _preparing(inputs))
    return _judge_children(inputs)


def _stuck_rollout(inputs: StatusInputs) -> str:
    """Return why a new version does not come up while the former one serves; empty where it does come up."""
    api = inputs.rollouts.get(Component.API, Rollout())
    # No version serves yet, so that this is an installation and no rollout.
    if not api.exists:
        return ""
    sentences = [*failing_rollouts(inputs.rollouts, inputs.pods)]
    if inputs.job is JobState.RUNNING and not inputs.prepared and inputs.job_trouble:
        sentences.append(f"{Component.PROVISION}: {inputs.job_trouble}; nothing is rolled out before it succeeds")
    return "; ".join([*sentences, *_waiting(inputs)])[:LONGEST_MESSAGE] if sentences else ""


def failing_rollouts(rollouts: Mapping[Component, Rollout], pods: Iterable[PodFacts]) -> tuple[str, ...]:
    """Return a sentence for each component whose new pods do not start; its former pods serve meanwhile."""
    troubles: dict[str, str] = {}
    for pod in pods:
        if pod.trouble and not pod.ready:
            troubles.setdefault(pod.component, pod.trouble)
    return tuple(
        f"{component}: {sentence}; {found.available} pods of the former version serve"
        for component, found in rollouts.items()
        if found.exists and not found.rolled and (sentence := troubles.get(component) or found.stalled)
    )


def _waiting(inputs: StatusInputs) -> list[str]:
    return [f"waiting: {', '.join(inputs.waiting)}"] if inputs.waiting else []


def _judge_children(inputs: StatusInputs) -> ConditionState:
    if inputs.unsettled:
        paused = inputs.platform.spec.pause_requests
        verb = "not written because of a pause request" if paused else "being written"
        message = f"resources that differ from the desired state: {inputs.unsettled}, {verb}"
        return _state(ConditionType.PROGRESSING, True, Reason.APPLYING, message)
    moving = [component.value for component, found in inputs.rollouts.items() if not found.up_to_date]
    scaled = _scaled_now(inputs)
    if moving or inputs.waiting or scaled:
        moving = moving or ([] if inputs.waiting else scaled)
        rolling = [f"rolling out: {', '.join(moving)}"] if moving else []
        message = "; ".join([*rolling, *_waiting(inputs)])
        return _state(ConditionType.PROGRESSING, True, Reason.ROLLING_OUT, message)
    return _state(ConditionType.PROGRESSING, False, Reason.UP_TO_DATE, "all resources match the desired state")


def _scaled_now(inputs: StatusInputs) -> list[str]:
    """Return the workers for which this very pass asked for another number than it had read."""
    if inputs.platform.spec.pause_requests:
        return []
    moved = inputs.scalings.items()
    return [name.value for name, found in moved if found.decision.replicas != inputs.rollouts[name].wanted]


def judge_degraded(inputs: StatusInputs) -> ConditionState:
    """Whether something works worse than it should."""
    # The feed mode comes first, because it is what users notice and what follows from an engine that is down.
    if inputs.feed_mode is FeedMode.PULL:
        message = "Redis is not asked; feeds come from author timelines"
        return _state(ConditionType.DEGRADED, True, Reason.FEEDS_PULLED, message)
    if inputs.feed_mode is FeedMode.REBUILDING:
        return _state(ConditionType.DEGRADED, True, Reason.FEEDS_REBUILDING, "feeds are rebuilt as they are read")
    down = [health.engine.value for health in inputs.healths.values() if not health.good]
    # During the first installation engines may still be starting, which `Ready` says.
    if down and inputs.schema_version is not None:
        return _state(ConditionType.DEGRADED, True, Reason.ENGINE_DOWN, f"not usable: {', '.join(down)}")
    return _judge_workers(inputs)


def _judge_workers(inputs: StatusInputs) -> ConditionState:
    stuck = _stuck_rollout(inputs)
    if stuck:
        return _state(ConditionType.DEGRADED, True, Reason.ROLLOUT_STUCK, stuck)
    foreign = _foreign_numbers(inputs)
    if foreign:
        return _state(ConditionType.DEGRADED, True, Reason.FOREIGN_SCALER, "; ".join(foreign))
    idle = [component for component, found in inputs.rollouts.items() if found.exists and found.available == 0]
    if idle:
        sentences = [f"{component}: {trouble_of(inputs.pods, component) or 'no available pod'}" for component in idle]
        return _state(ConditionType.DEGRADED, True, Reason.WORKER_UNAVAILABLE, "; ".join(sentences))
    if inputs.blind_autoscaler:
        message = f"the number of API pods does not change: {inputs.blind_autoscaler}"
        return _state(ConditionType.DEGRADED, True, Reason.AUTOSCALER_BLIND, message)
    return _state(ConditionType.DEGRADED, False, Reason.AS_EXPECTED)


def _foreign_numbers(inputs: StatusInputs) -> list[str]:
    """Return a sentence for each number of pods that somebody else has set."""
    held = [
        f"{found.component}: {found.foreign} set {found.current}; held. Scale to 0 to give the number back"
        for found in inputs.counted
        if found.foreign is not None
    ]
    foreign = [
        f"{component}: {found.decision.explanation}"
        for component, found in inputs.scalings.items()
        if found.decision.limited_by is LimitedBy.FOREIGN_SCALER
    ]
    return [*foreign, *held]


def judge_paused(inputs: StatusInputs) -> ConditionState:
    """Whether the operator writes nothing, or starts no runbook."""
    spec = inputs.platform.spec
    window = maintenance_at(spec.maintenance_windows, inputs.context.now)
    sentences = [f"on request, nothing but status is written: {said.reason}" for said in spec.pause_requests]
    if window is not None:
        sentences.append(f"maintenance until {window.until}, no runbook starts by itself: {window.reason}")
    if not sentences:
        return _state(ConditionType.PAUSED, False, Reason.NOT_PAUSED)
    reason = Reason.REQUESTED if spec.pause_requests else Reason.MAINTENANCE_WINDOW
    return _state(ConditionType.PAUSED, True, reason, "; ".join(sentences))


def judge_remediating(inputs: StatusInputs) -> ConditionState:
    """Whether an execution of a runbook has not ended."""
    if not inputs.executions:
        return _state(ConditionType.REMEDIATING, False, Reason.IDLE)
    phases = [f"{found.metadata.name} is {found.status.phase or 'new'}" for found in inputs.executions]
    return _state(ConditionType.REMEDIATING, True, Reason.RUNBOOK_RUNNING, "; ".join(phases))


# in the order in which `status.conditions` lists them
CONDITIONS = (judge_ready, judge_engines, judge_progressing, judge_degraded, judge_paused, judge_remediating)
