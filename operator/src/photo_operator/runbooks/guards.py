"""What forbids a runbook to act. Pure, and judged anew from the cluster in every pass: nothing is kept in memory.

`may_create` is asked before an execution is created, `judge` before it acts, `stop_of` while it acts.
"""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from photo_operator.crds.execution import Approval, ApprovalState, Execution, Judgement, Phase, TriggerSource, Verdict
from photo_operator.crds.maintenance import maintenance_at
from photo_operator.crds.platform import ModeOfFeeds, PlatformSpec, RemediationMode
from photo_operator.crds.runbook import Action, GuardedTarget, Runbook
from photo_operator.runbooks.journal import first_entered, seconds_between
from photo_operator.runbooks.phases import active, acts, of_runbook
from photo_operator.runbooks.targets import foreign_holders, percent_of_pods

HOUR_SECONDS = 3600


class Situation(Struct, frozen=True):
    """What guards look at around one execution.

    Attributes:
        spec: of its platform.
        executions: all of the namespace, itself among them.
        approvals: all of the namespace.
        leases: who holds a target of its platform.
        pods: component -> pods of its platform.
        available: component -> those that serve.
        now: RFC 3339 UTC.
    """

    spec: PlatformSpec
    executions: tuple[Execution, ...]
    approvals: tuple[Approval, ...]
    leases: Mapping[GuardedTarget, str]
    pods: Mapping[str, int]
    available: Mapping[str, int]
    now: str


def may_create(spec: PlatformSpec, runbook: Runbook, before: Iterable[Execution], now: str) -> bool:
    """Whether an incident may create an execution; `before` are those of the same platform and runbook."""
    if stop_of(spec, runbook) and spec.remediation.mode_of(runbook.alert) is not RemediationMode.DRY_RUN:
        return False
    known = tuple(before)
    if spec.pause_requests or active(known):
        return False
    ends = [found.status.ended_at for found in known if found.status.ended_at is not None]
    return not any(_within(end, now, runbook.guards.cooldown_seconds) for end in ends)


def _within(time: str | None, now: str, seconds: float) -> bool:
    """Whether a time was at most so long ago; not where it lies ahead, since the clock has gone back."""
    return time is not None and 0 <= seconds_between(time, now) < seconds


def is_answered(fingerprint: str, before: Iterable[Execution]) -> bool:
    """Whether an alert's incident has its execution already: Alertmanager repeats itself for as long as it fires."""
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
    """Return how many executions did not help, of late."""
    within = runbook.guards.ineffective_within_seconds
    ended = (found.status for found in executions if found.status.effective is False and found.status.ended_at)
    return sum(_within(status.ended_at, now, within) for status in ended)


def _maintenance(execution: Execution, _: Runbook, around: Situation) -> str:
    window = maintenance_at(around.spec.maintenance_windows, around.now)
    if window is None or execution.spec.trigger.source is TriggerSource.PERSON or _approved(execution, around):
        return ""
    return f"maintenance until {window.until}: {window.reason}"


def _repeats(execution: Execution, runbook: Runbook, around: Situation) -> str:
    own = of_runbook(around.executions, execution.spec.platform, execution.spec.runbook)
    starts = [first_entered(found.status, Phase.MITIGATING) for found in own if found.status.shadow is None]
    recent = sum(_within(start, around.now, HOUR_SECONDS) for start in starts)
    if recent < runbook.guards.maximum_per_hour:
        return ""
    return f"{runbook.guards.maximum_per_hour} executions of it have acted within an hour"


def _helpless(execution: Execution, runbook: Runbook, around: Situation) -> str:
    own = of_runbook(around.executions, execution.spec.platform, execution.spec.runbook)
    if ineffective(own, runbook, around.now) < runbook.guards.ineffective_limit:
        return ""
    hours = runbook.guards.ineffective_within_seconds / HOUR_SECONDS
    return f"{runbook.guards.ineffective_limit} executions did not help within {hours:g} h; a person has to look"


def _storm(execution: Execution, runbook: Runbook, around: Situation) -> str:
    others = sum(acts(found) and found.metadata.name != execution.metadata.name for found in around.executions)
    if others < runbook.guards.maximum_active:
        return ""
    return f"a storm: {runbook.guards.maximum_active} executions act in this namespace at once"


def _radius(_: Execution, runbook: Runbook, around: Situation) -> str:
    percent, limit = percent_of_pods(runbook, around.pods), runbook.guards.blast_radius.percent_of_pods
    return f"its steps touch more than {limit} % of the platform's pods" if percent > limit else ""


def _too_few(_: Execution, runbook: Runbook, around: Situation) -> str:
    wanted = runbook.guards.minimum_healthy
    if wanted is None or around.available.get(wanted.component.value, 0) >= wanted.available:
        return ""
    return f"fewer than {wanted.available} pods of {wanted.component.value} serve"


def _held(execution: Execution, runbook: Runbook, around: Situation) -> str:
    return foreign_holders(runbook, around.leases, execution.metadata.name)


Guard = Callable[[Execution, Runbook, Situation], str]
GUARDS: tuple[Guard, ...] = (_maintenance, _repeats, _helpless, _storm, _radius, _too_few, _held)


def judge(execution: Execution, runbook: Runbook, around: Situation) -> Verdict:
    """Return whether a planned execution may act: every guard, then the person where one is asked."""
    stop = "" if execution.status.shadow is not None else stop_of(around.spec, runbook)
    said = [stop, *(guard(execution, runbook, around) for guard in GUARDS)]
    found = next((why for why in said if why), "")
    if found:
        return Verdict(Judgement.BLOCKED, found)
    mode = around.spec.remediation.mode_of(runbook.alert)
    if mode is RemediationMode.APPROVAL and not _approved(execution, around):
        plan = execution.status.plan
        return Verdict(Judgement.APPROVAL, f"waits for a RunbookApproval of plan {plan.hash if plan else ''}")
    return Verdict()


def _approved(execution: Execution, around: Situation) -> bool:
    plan = execution.status.plan
    return plan is not None and any(
        (approval.spec.execution, approval.spec.plan_hash) == (execution.metadata.name, plan.hash)
        and approval.status.state is ApprovalState.ACCEPTED
        for approval in around.approvals
    )
