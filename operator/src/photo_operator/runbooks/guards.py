"""What forbids a runbook to act. Pure, and decided from the cluster in every pass: nothing is kept in memory.

Called by `remediation`, which asks `may_create` before an execution is created, `judge_approval` for each approval and
`prunable` for what may be deleted, and by `viewing`, which asks `judge` before an execution acts and `stop_of` while it
acts.
"""

from collections.abc import Callable, Iterable, Mapping

from photo_operator.components.catalog import Component
from photo_operator.crds.execution import (
    Approval,
    ApprovalState,
    ApprovalStatus,
    Execution,
    Judgement,
    Phase,
    TriggerSource,
    Verdict,
)
from photo_operator.crds.maintenance import maintenance_at
from photo_operator.crds.platform import ModeOfFeeds, PlatformSpec, RemediationMode
from photo_operator.crds.runbook import Action, Runbook
from photo_operator.observe.context import PassContext
from photo_operator.observe.workloads import Rollout
from photo_operator.runbooks.effects import foreign_holders
from photo_operator.runbooks.journal import ENDED, active, acts, first_entered, of_runbook
from photo_operator.times import seconds_between, seconds_since

HOUR_SECONDS = 3600
KEPT = 20  # ended executions of a platform, the newest
YOUNGEST_SECONDS = 14_400  # guards count executions of the last hour, and those that did not help
NOT_PLANNED = frozenset({None, Phase.TRIGGERED, Phase.DIAGNOSING})

# action -> the components whose pods behave differently because of it
TOUCHED: dict[Action, frozenset[Component]] = {
    Action.SET_FEED_MODE: frozenset({Component.API, Component.FANOUT, Component.FEED_REBUILD}),
    Action.SET_DEGRADED_LEVEL: frozenset({Component.API}),
    Action.SET_READ_CONSISTENCY: frozenset({Component.API}),
    Action.SKIP_OLD_POSTS: frozenset({Component.FANOUT, Component.FANOUT_PLANNER}),
    Action.SPLIT_CELEBRITIES: frozenset({Component.FANOUT_PLANNER}),
    Action.LIMIT_POSTING: frozenset({Component.API}),
    Action.PAUSE_UPLOADS: frozenset({Component.API}),
    Action.RECLAIM_MEDIA: frozenset({Component.IMAGE_ENCODE}),
    Action.SCALE_FANOUT: frozenset({Component.FANOUT}),
}


def may_create(spec: PlatformSpec, runbook: Runbook, before: Iterable[Execution], now: str) -> bool:
    """Whether an incident may create an execution; `before` are those of the same platform and runbook."""
    # The runbook must not act on this platform. A dry run is created all the same, because it changes nothing.
    if stop_of(spec, runbook) and spec.remediation.mode_of(runbook.alert) is not RemediationMode.DRY_RUN:
        return False
    known = tuple(before)
    # Nothing is written during a pause, and a runbook has at most one execution at a time on a platform.
    if spec.pause_requests or active(known):
        return False
    # Within its cooldown the runbook would answer the same incident again before its effect shows.
    ends = [found.status.ended_at for found in known if found.status.ended_at is not None]
    return not any(_within(end, now, runbook.guards.cooldown_seconds) for end in ends)


def _within(time: str | None, now: str, seconds: float) -> bool:
    """Whether a time lies at most so many seconds back; False for a time ahead, because the clock was set back."""
    return time is not None and 0 <= seconds_between(time, now) < seconds


def is_answered(fingerprint: str, before: Iterable[Execution]) -> bool:
    """Whether the incident of an alert has an execution already; Alertmanager repeats a notification while it fires."""
    return bool(fingerprint) and any(found.spec.trigger.fingerprint == fingerprint for found in before)


def stop_of(spec: PlatformSpec, runbook: Runbook) -> str:
    """Return why a runbook must not act on a platform at all; empty where it may."""
    mode = spec.remediation.mode_of(runbook.alert)
    if mode in (RemediationMode.OFF, RemediationMode.DRY_RUN):
        return f"the remediation mode is {mode.value}"
    sets_mode = any(step.action is Action.SET_FEED_MODE for step in runbook.steps)
    if sets_mode and spec.feed.mode is not ModeOfFeeds.AUTO:
        return f"spec.feed.mode is fixed to {spec.feed.mode.value}"
    return ""


def ineffective(executions: Iterable[Execution], runbook: Runbook, now: str) -> int:
    """Return how many executions did not help lately."""
    within = runbook.guards.ineffective_within_seconds
    ended = (found.status for found in executions if found.status.effective is False and found.status.ended_at)
    return sum(_within(status.ended_at, now, within) for status in ended)


def _maintenance_window_is_open(execution: Execution, _: Runbook, context: PassContext) -> str:
    window = maintenance_at(context.spec.maintenance_windows, context.now)
    if window is None or execution.spec.trigger.source is TriggerSource.PERSON or _is_approved(execution, context):
        return ""
    return f"maintenance until {window.until}: {window.reason}"


def _acted_too_often(execution: Execution, runbook: Runbook, context: PassContext) -> str:
    own = of_runbook(context.observed.executions, execution.spec.platform, execution.spec.runbook)
    starts = [first_entered(found.status, Phase.MITIGATING) for found in own if found.status.shadow is None]
    recent = sum(_within(start, context.now, HOUR_SECONDS) for start in starts)
    if recent < runbook.guards.maximum_per_hour:
        return ""
    return f"{runbook.guards.maximum_per_hour} executions of it have acted within an hour"


def _did_not_help(execution: Execution, runbook: Runbook, context: PassContext) -> str:
    own = of_runbook(context.observed.executions, execution.spec.platform, execution.spec.runbook)
    if ineffective(own, runbook, context.now) < runbook.guards.ineffective_limit:
        return ""
    hours = runbook.guards.ineffective_within_seconds / HOUR_SECONDS
    return f"{runbook.guards.ineffective_limit} executions did not help within {hours:g} h; a person has to look"


def _too_many_act_at_once(execution: Execution, runbook: Runbook, context: PassContext) -> str:
    everywhere = context.observed.executions
    others = sum(acts(found) and found.metadata.name != execution.metadata.name for found in everywhere)
    if others < runbook.guards.maximum_active:
        return ""
    return f"a storm: {runbook.guards.maximum_active} executions act in this namespace at once"


def _touches_too_many_pods(_: Execution, runbook: Runbook, context: PassContext) -> str:
    limit = runbook.guards.blast_radius.percent_of_pods
    percent = percent_of_pods(runbook, context.observed.rollouts)
    return f"its steps touch more than {limit} % of the platform's pods" if percent > limit else ""


def percent_of_pods(runbook: Runbook, rollouts: Mapping[Component, Rollout]) -> int:
    """Return how much of a platform a runbook's steps touch, in percent of its pods."""
    touched = frozenset().union(*(TOUCHED[step.action] for step in runbook.steps))
    total = sum(found.current for found in rollouts.values())
    return round(100 * sum(rollouts[name].current for name in touched if name in rollouts) / total) if total else 0


def _too_few_pods_serve(_: Execution, runbook: Runbook, context: PassContext) -> str:
    wanted = runbook.guards.minimum_healthy
    if wanted is None:
        return ""
    found = context.observed.rollouts.get(Component(wanted.component.value), Rollout())
    if found.available >= wanted.available:
        return ""
    return f"fewer than {wanted.available} pods of {wanted.component.value} serve"


def _target_is_held(execution: Execution, runbook: Runbook, context: PassContext) -> str:
    return foreign_holders(runbook, context.lease_holders, execution.metadata.name)


Guard = Callable[[Execution, Runbook, PassContext], str]
# in this order: the reason of the first guard that forbids to act is shown
GUARDS: tuple[Guard, ...] = (
    _maintenance_window_is_open,  # people work on the platform; a person may still start or approve an execution
    _acted_too_often,  # `maximumPerHour`: what has to act again and again does not mend the cause
    _did_not_help,  # `ineffectiveLimit`: the runbook has shown that it does not help
    _too_many_act_at_once,  # `maximumActive`: many incidents at once are one that no runbook describes
    _touches_too_many_pods,  # `blastRadius`: a plan that may change most of the platform
    _too_few_pods_serve,  # `minimumHealthy`: no capacity is left to act on
    _target_is_held,  # `targets`: another execution or a person acts on the same thing
)


def judge(execution: Execution, runbook: Runbook, context: PassContext) -> Verdict:
    """Return whether a planned execution may act: every guard is asked, then the person where the mode says so."""
    stop = "" if execution.status.shadow is not None else stop_of(context.spec, runbook)
    reasons = [stop, *(guard(execution, runbook, context) for guard in GUARDS)]
    first = next((reason for reason in reasons if reason), "")
    if first:
        return Verdict(Judgement.BLOCKED, first)
    mode = context.spec.remediation.mode_of(runbook.alert)
    if mode is RemediationMode.APPROVAL and not _is_approved(execution, context):
        plan = execution.status.plan
        return Verdict(Judgement.APPROVAL, f"waits for a RunbookApproval of plan {plan.hash if plan else ''}")
    return Verdict()


def _is_approved(execution: Execution, context: PassContext) -> bool:
    plan = execution.status.plan
    return plan is not None and any(
        (approval.spec.execution, approval.spec.plan_hash) == (execution.metadata.name, plan.hash)
        and approval.status.state is ApprovalState.ACCEPTED
        for approval in context.observed.approvals
    )


def judge_approval(approval: Approval, execution: Execution | None) -> ApprovalStatus:
    """Return the status of a RunbookApproval: accepted for the plan that it names, or refused with a reason."""
    if approval.status.state is not None:
        return approval.status  # a judgement is final
    if execution is None:
        return _refusal(f"there is no execution {approval.spec.execution}")
    name, phase, plan = execution.metadata.name, execution.status.phase, execution.status.plan
    if phase in ENDED:
        return _refusal(f"{name} has ended as {phase}")
    if plan is None or phase in NOT_PLANNED:
        return approval.status  # nothing can be said before there is a plan
    if plan.hash != approval.spec.plan_hash:
        return _refusal(f"the plan of {name} is {plan.hash}; read it and approve that")
    return ApprovalStatus(ApprovalState.ACCEPTED, f"plan {plan.hash} of {name} may be carried out")


def _refusal(reason: str) -> ApprovalStatus:
    return ApprovalStatus(ApprovalState.REFUSED, reason)


def prunable(executions: Iterable[Execution], now: str) -> tuple[Execution, ...]:
    """Return the ended executions of one platform that may be deleted, oldest first.

    None is deleted while a guard counts it: within four hours, or within its own runbook's ineffectiveWithinSeconds.
    """
    ended = [found for found in executions if found.status.phase in ENDED and found.status.ended_at]
    ended.sort(key=lambda found: (found.status.ended_at or "", found.metadata.name))
    older = ended[: max(0, len(ended) - KEPT)]
    return tuple(found for found in older if seconds_since(found.status.ended_at, now) >= _counted_seconds(found))


def _counted_seconds(execution: Execution) -> float:
    """Return for how long after its end guards count an execution."""
    plan = execution.status.plan
    if plan is None:
        return YOUNGEST_SECONDS
    guards = plan.runbook.guards
    return max(YOUNGEST_SECONDS, guards.ineffective_within_seconds, guards.cooldown_seconds)
