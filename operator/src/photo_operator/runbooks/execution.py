"""Decides how an execution continues: from its own status and what is seen to its next status. Pure and level-based.

Nothing but the execution's status is remembered between passes, so that another leader continues where this one
stopped. Each call makes at most one change, and each change is one journal entry with the `DecisionView` that it was
decided from. Called by `remediation` until nothing changes, and by `replay` with the views of the journal; `replay`
compares sentences as well, so that rewording one makes recorded executions differ.
"""

import hashlib
from collections.abc import Callable

import msgspec

from photo_operator.crds.execution import (
    DecisionView,
    Execution,
    ExecutionStatus,
    Judgement,
    Needed,
    Phase,
    Plan,
    PlanStep,
    Shadow,
)
from photo_operator.crds.platform import RemediationMode
from photo_operator.crds.runbook import Leg, Otherwise, Runbook, Step, Verification
from photo_operator.crds.runbook_rules import given_parameters
from photo_operator.runbooks.journal import (
    ACTING,
    ENDED,
    JOURNAL_LIMIT,
    advance_steps,
    last_of_steps,
    note,
    times_entered,
    transition,
)
from photo_operator.runbooks.matching import confirmed, findings, refuted, unmet
from photo_operator.times import seconds_since

CLOCK_SKEW_SECONDS = 5  # between two leaders; a time further ahead was written before the clock was set back
UNKNOWN_SECONDS = 600  # in recovery, a signal that is not known for longer counts as bad
RELAPSE_LIMIT = 10  # returns of the cause during recovery; then a person has to look

Next = Callable[[Execution, Runbook, DecisionView], ExecutionStatus]


def advance(execution: Execution, view: DecisionView) -> ExecutionStatus:
    """Return the execution's next status; the same one where nothing is to be written."""
    status = execution.status
    # An execution that has ended never changes again: the next incident creates another one.
    if status.phase in ENDED:
        return status
    # A new execution has no plan yet, and nothing can be decided before there is one.
    if status.phase is None or status.plan is None:
        return _triggered(execution, view)
    # Compensation always runs to its end, because it leaves nothing in force. Any other phase is interrupted where
    # nobody wants the execution to act any more, or where it makes no progress.
    if status.phase is not Phase.COMPENSATING:
        interrupted = _interrupted(status, view)
        if interrupted is not None:
            return interrupted
    return _NEXT[status.phase](execution, status.plan.runbook, view)


def _triggered(execution: Execution, view: DecisionView) -> ExecutionStatus:
    status, spec = execution.status, execution.spec
    if view.offered is None:
        return _end(status, Phase.INCONCLUSIVE, view, f"there is no runbook for {spec.runbook}", started_at=view.now)
    plan = build_plan(view.offered)
    why = spec.trigger.summary or f"triggered by {spec.trigger.source.value}"
    shadow = Shadow() if view.mode is RemediationMode.DRY_RUN else None
    return transition(status, Phase.TRIGGERED, view, why, plan=plan, started_at=view.now, mode=view.mode, shadow=shadow)


def _end(status: ExecutionStatus, phase: Phase, view: DecisionView, why: str, **changed: object) -> ExecutionStatus:
    ended = transition(status, phase, view, why, **({"ended_at": view.now, "outcome": None} | changed))
    return ended if status.shadow is None else with_score(ended)


def build_plan(runbook: Runbook) -> Plan:
    """Return the plan of a runbook; an approval names its hash, which covers everything that the runbook says."""
    steps = tuple(PlanStep(step.name, _action_of(step), step.description) for step in runbook.steps)
    return Plan(hashlib.sha256(msgspec.json.encode(runbook)).hexdigest()[:16], steps, runbook)


def _action_of(step: Step) -> str:
    """Return what a step does, for people."""
    given = " ".join(f"{name}={value}" for name, value in given_parameters(step.parameters).items())
    return f"{step.leg.value}: {step.action.value} {given}".rstrip()


def with_score(status: ExecutionStatus) -> ExecutionStatus:
    """Return the status of a dry run that has ended, with its score against what happened."""
    gone = status.healthy_since or status.ended_at or ""
    lasted = int(seconds_since(status.started_at, gone))
    helped = None if status.mitigated_at is None else int(seconds_since(status.started_at, status.mitigated_at))
    shadow = Shadow(
        would_mitigate_after_seconds=helped,
        cause_lasted_seconds=lasted,
        saved_seconds=0 if helped is None else max(0, lasted - helped),
        needed=Needed.YES if helped is not None and lasted > helped else Needed.NO,
        steps=tuple(last_of_steps(status.journal)),
    )
    return msgspec.structs.replace(status, shadow=shadow)


def _interrupted(status: ExecutionStatus, view: DecisionView) -> ExecutionStatus | None:
    """Return the next status where something applies in every phase; None where the phase itself decides."""
    # A dry run ends with its mode: from here on a real execution could act, and two must not follow one incident.
    if status.shadow is not None and view.mode is not RemediationMode.DRY_RUN:
        return _end(status, Phase.INCONCLUSIVE, view, f"the dry run ends: the mode is {view.mode.value}")
    # So many entries mean that the execution runs in circles, and its status must not outgrow the API server's limit.
    if len(status.journal) >= JOURNAL_LIMIT:
        why = f"{JOURNAL_LIMIT} changes led nowhere; a person has to look"
        return _undo_all(status, view, why, Phase.ESCALATED, effective=False)
    # A person has turned remediation off or fixed the feed mode: everything is undone, and the execution is blocked.
    if status.phase in ACTING and view.stop and status.shadow is None:
        return _undo_all(status, view, view.stop, Phase.BLOCKED)
    return _with_times_restarted(status, view)


def _with_times_restarted(status: ExecutionStatus, view: DecisionView) -> ExecutionStatus | None:
    """Return the status with its times set to now where the clock was set back: waits would take too long otherwise."""
    times = (status.phase_since, status.healthy_since)
    if min(seconds_since(since, view.now) for since in times) >= -CLOCK_SKEW_SECONDS:
        return None
    healthy_since = view.now if status.healthy_since else None
    return note(status, view, "the clock has gone back", phase_since=view.now, healthy_since=healthy_since)


def _undo_all(
    status: ExecutionStatus, view: DecisionView, why: str, outcome: Phase, **changed: object
) -> ExecutionStatus:
    return transition(status, Phase.COMPENSATING, view, why, outcome=outcome, healthy_since=None, **changed)


def _gave_up(status: ExecutionStatus, runbook: Runbook, view: DecisionView, why: str) -> ExecutionStatus:
    """Undo what did not help; the last of several is for a person."""
    limit = runbook.guards.ineffective_limit
    if view.ineffective + 1 < limit:
        return _undo_all(status, view, why, Phase.INCONCLUSIVE, effective=False)
    why = f"{why}; {limit} executions did not help: a person has to look"
    return _undo_all(status, view, why, Phase.ESCALATED, effective=False)


def _after_trigger(execution: Execution, _: Runbook, view: DecisionView) -> ExecutionStatus:
    return transition(execution.status, Phase.DIAGNOSING, view, "is it what the runbook is for?")


def _diagnosing(execution: Execution, runbook: Runbook, view: DecisionView) -> ExecutionStatus:
    status, diagnosis = execution.status, runbook.diagnosis
    if confirmed(diagnosis, view):
        found = findings(diagnosis, view)
        plan = f"{len(runbook.steps)} steps, plan {status.plan.hash if status.plan else ''}"
        return transition(status, Phase.PLANNED, view, f"{' '.join(found)} {plan}", findings=found)
    # Signals may need some seconds to show what an alert has seen already.
    if seconds_since(status.phase_since, view.now) < diagnosis.within_seconds:
        return status
    lacking = unmet((check.condition for check in diagnosis.checks), view)
    why = f"not confirmed in {diagnosis.within_seconds} s: {lacking}"
    return _end(status, Phase.INCONCLUSIVE, view, why)


def _waiting(execution: Execution, runbook: Runbook, view: DecisionView) -> ExecutionStatus:
    """Planned, waiting for a person, or blocked: nothing is in force."""
    status = execution.status
    # The runbook was edited while the execution waited: it gets a new plan, and an approval of the old one is void.
    if view.offered is not None and status.phase is not Phase.PLANNED:
        plan = build_plan(view.offered)
        return note(status, view, f"the runbook has changed: planned anew, plan {plan.hash}", plan=plan)
    gone = _gone_by_itself(status, runbook, view)
    return gone if gone is not None else _judged(status, view)


def _gone_by_itself(status: ExecutionStatus, runbook: Runbook, view: DecisionView) -> ExecutionStatus | None:
    lasts = unmet(runbook.recovery.when, view)
    back = refuted(runbook.recovery.when, view) or ("confirmed again" if confirmed(runbook.diagnosis, view) else "")
    # The cause had seemed gone and is seen again: the time without it starts from zero.
    if back and status.healthy_since:
        return note(status, view, f"the cause is back: {back}", healthy_since=None)
    # The cause lasts, or it is not known whether it does: the guards decide.
    if back or lasts:
        return None
    if status.healthy_since is None:
        return note(status, view, "the cause seems gone", healthy_since=view.now)
    # The cause has not been gone for long enough to end the execution.
    if seconds_since(status.healthy_since, view.now) < runbook.recovery.healthy_for_seconds:
        return None
    return _end(status, Phase.INCONCLUSIVE, view, "the cause was gone before anything was done")


def _judged(status: ExecutionStatus, view: DecisionView) -> ExecutionStatus:
    verdict = view.verdict
    phase = {Judgement.APPROVAL: Phase.AWAITING_APPROVAL, Judgement.BLOCKED: Phase.BLOCKED}.get(verdict.judgement)
    if phase is None:
        return transition(status, Phase.MITIGATING, view, "nothing forbids to act", healthy_since=None)
    if phase is status.phase:
        return status if status.healthy_since else note(status, view, verdict.why)
    return transition(status, phase, view, verdict.why)


def _mitigating(execution: Execution, runbook: Runbook, view: DecisionView) -> ExecutionStatus:
    status = execution.status
    after = advance_steps(Leg.MITIGATE, execution, view)
    if after is None:
        return transition(status, Phase.VERIFYING, view, "every step is in force")
    return after if isinstance(after, ExecutionStatus) else _gave_up(status, runbook, view, after)


def _verifying(execution: Execution, runbook: Runbook, view: DecisionView) -> ExecutionStatus:
    status = execution.status
    if status.shadow is not None:
        return _mitigation_ends(status, view, "would be verified now; nothing was done")
    failing = _unverified(status, runbook.verification, view)
    # It is too early to say whether the mitigation helps.
    if failing is None:
        return status
    if not failing:
        return _mitigation_ends(status, view, "the mitigation helps", effective=True)
    if runbook.verification.otherwise is Otherwise.KEEP:
        return _mitigation_ends(status, view, f"the mitigation stays although {failing}")
    return _gave_up(status, runbook, view, f"the mitigation does not help: {failing}")


def _mitigation_ends(status: ExecutionStatus, view: DecisionView, why: str, **changed: object) -> ExecutionStatus:
    fields = {"mitigated_at": status.mitigated_at or view.now} | changed
    return transition(status, Phase.MITIGATED, view, why, **fields)


def _unverified(status: ExecutionStatus, verification: Verification, view: DecisionView) -> str | None:
    """Return the conditions that fail once time is up, an empty text where all hold, None while it is too early."""
    spent = seconds_since(status.phase_since, view.now)
    if spent < verification.at_least_seconds:
        return None
    failing = unmet(verification.conditions, view)
    return None if failing and spent < verification.within_seconds else failing


def _mitigated(execution: Execution, runbook: Runbook, view: DecisionView) -> ExecutionStatus:
    status, recovery = execution.status, runbook.recovery
    lasts = unmet(recovery.when, view)
    if lasts:
        return _lasting(status, runbook, view, lasts)
    if status.healthy_since is None:
        return note(status, view, "the cause is gone; watching it", healthy_since=view.now)
    healthy = seconds_since(status.healthy_since, view.now)
    settling = recovery.settling
    unsettled = settling is not None and healthy < settling.within_seconds and unmet(settling.conditions, view)
    # Recovery would be undone at once if the cause came back, so it starts only after some time without the cause.
    if healthy < recovery.healthy_for_seconds or unsettled:
        return status
    return transition(status, Phase.RECOVERING, view, f"the cause has been gone for {healthy:.0f} s")


def _lasting(status: ExecutionStatus, runbook: Runbook, view: DecisionView, lasts: str) -> ExecutionStatus:
    # The cause had been gone. The wait starts from zero only if it is seen again, not if a signal is unknown.
    if status.healthy_since is not None:
        back = refuted(runbook.recovery.when, view)
        return note(status, view, f"the cause is back: {back}", healthy_since=None) if back else status
    limit = runbook.recovery.give_up_after_seconds
    # The mitigation stays for as long as the cause lasts, unless the runbook says when to give up.
    if limit is None or seconds_since(status.phase_since, view.now) < limit:
        return status
    why = f"the cause has lasted for {limit} s: {lasts}; a person has to look"
    return _undo_all(status, view, why, Phase.ESCALATED, effective=False)


def _relapsed(status: ExecutionStatus, runbook: Runbook, view: DecisionView) -> ExecutionStatus | None:
    """Return the next status where the cause is back or its signals are unknown, as they are to a new leader."""
    back = refuted(runbook.recovery.when, view)
    if back:
        return _mitigate_again(status, view, f"the cause is back: {back}")
    unknown = unmet(runbook.recovery.when, view)
    if unknown and seconds_since(status.phase_since, view.now) > UNKNOWN_SECONDS:
        return _mitigate_again(
            status, view, f"nobody has seen for {UNKNOWN_SECONDS} s whether the cause is gone: {unknown}"
        )
    return note(status, view, f"waits until it is seen whether the cause is back: {unknown}") if unknown else None


def _mitigate_again(status: ExecutionStatus, view: DecisionView, why: str) -> ExecutionStatus:
    if times_entered(status, Phase.MITIGATING) <= RELAPSE_LIMIT:
        return transition(status, Phase.MITIGATING, view, why, healthy_since=None)
    why = f"{why} for the {RELAPSE_LIMIT + 1}th time; a person has to look"
    return _undo_all(status, view, why, Phase.ESCALATED, effective=False)


def _recovering(execution: Execution, runbook: Runbook, view: DecisionView) -> ExecutionStatus:
    status = execution.status
    relapsed = _relapsed(status, runbook, view)
    if relapsed is not None:
        return relapsed
    after = advance_steps(Leg.RECOVER, execution, view)
    if after is None:
        return transition(status, Phase.VERIFYING_RECOVERY, view, "the mitigation is undone")
    return after if isinstance(after, ExecutionStatus) else _mitigate_again(status, view, after)


def _verifying_recovery(execution: Execution, runbook: Runbook, view: DecisionView) -> ExecutionStatus:
    status, verification = execution.status, runbook.recovery.verification
    if status.outcome is Phase.SUCCEEDED:
        return _closing(execution, view)
    relapsed = _relapsed(status, runbook, view)
    if relapsed is not None:
        return relapsed
    failing = _unverified(status, verification, view)
    if failing is None:
        return status
    if failing and verification.otherwise is Otherwise.COMPENSATE:
        return _mitigate_again(status, view, f"it did not come back: {failing}")
    why = f"recovered although {failing}" if failing else "recovered"
    return note(status, view, why, outcome=Phase.SUCCEEDED)


def _closing(execution: Execution, view: DecisionView) -> ExecutionStatus:
    """Undo the steps of the recovery; if the cause returns now, that is another incident."""
    after = advance_steps(None, execution, view)
    if isinstance(after, ExecutionStatus):
        return after
    return _end(execution.status, Phase.SUCCEEDED, view, f"{_reason(execution.status)}; nothing is in force")


def _compensating(execution: Execution, _: Runbook, view: DecisionView) -> ExecutionStatus:
    status = execution.status
    after = advance_steps(None, execution, view)
    if isinstance(after, ExecutionStatus):
        return after
    outcome, why = status.outcome or Phase.INCONCLUSIVE, f"{_reason(status)}; nothing is in force"
    if outcome is Phase.BLOCKED:
        return transition(status, outcome, view, why, outcome=None)
    return _end(status, outcome, view, why)


def _reason(status: ExecutionStatus) -> str:
    """Return why everything was undone."""
    return next(entry.entry for entry in reversed(status.journal) if entry.step is None)


_NEXT: dict[Phase, Next] = {
    Phase.TRIGGERED: _after_trigger,
    Phase.DIAGNOSING: _diagnosing,
    Phase.PLANNED: _waiting,
    Phase.AWAITING_APPROVAL: _waiting,
    Phase.BLOCKED: _waiting,
    Phase.MITIGATING: _mitigating,
    Phase.VERIFYING: _verifying,
    Phase.MITIGATED: _mitigated,
    Phase.RECOVERING: _recovering,
    Phase.VERIFYING_RECOVERY: _verifying_recovery,
    Phase.COMPENSATING: _compensating,
}
