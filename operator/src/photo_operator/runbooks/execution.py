"""How an execution goes on: from its own status and what is seen to its next status. Pure and level-based.

Nothing is remembered between passes but the execution's status, so that another leader goes on where this one stopped.
Each call makes at most one change, and each change is one journal entry with the `View` that it was decided from.
Called by `remediation` until nothing changes, and by `replay` with the views of the journal; `legs` changes steps.
"""

from collections.abc import Callable

from photo_operator.crds.execution import Execution, ExecutionStatus, Judgement, Phase, Shadow, View
from photo_operator.crds.platform import RemediationMode
from photo_operator.crds.runbook import Leg, Otherwise, Runbook, Verification
from photo_operator.runbooks.journal import JOURNAL_LIMIT, note, seconds_between, times_entered, transition
from photo_operator.runbooks.legs import towards
from photo_operator.runbooks.matching import confirmed, findings, refuted, unmet
from photo_operator.runbooks.phases import ACTING, ENDED
from photo_operator.runbooks.planning import build_plan
from photo_operator.runbooks.scoring import scored

CLOCK_SKEW_SECONDS = 5  # between two leaders; what lies further ahead was written before the clock was set
UNKNOWN_SECONDS = 600  # in recovery, what is not known for longer counts as what is bad
RELAPSE_LIMIT = 10  # returns of the cause during recovery; then a person has to look

Next = Callable[[Execution, Runbook, View], ExecutionStatus]


def advance(execution: Execution, view: View) -> ExecutionStatus:
    """Return the execution's next status; the same one where nothing is to be written."""
    status = execution.status
    if status.phase in ENDED:
        return status
    if status.phase is None or status.plan is None:
        return _triggered(execution, view)
    if status.phase is not Phase.COMPENSATING:
        forced = _forced(status, view)
        if forced is not None:
            return forced
    return _GOING_ON[status.phase](execution, status.plan.runbook, view)


def _triggered(execution: Execution, view: View) -> ExecutionStatus:
    status, spec = execution.status, execution.spec
    if view.offered is None:
        return _end(status, Phase.INCONCLUSIVE, view, f"there is no runbook for {spec.runbook}", started_at=view.now)
    plan = build_plan(view.offered)
    why = spec.trigger.summary or f"triggered by {spec.trigger.source.value}"
    shadow = Shadow() if view.mode is RemediationMode.DRY_RUN else None
    return transition(status, Phase.TRIGGERED, view, why, plan=plan, started_at=view.now, mode=view.mode, shadow=shadow)


def _end(status: ExecutionStatus, phase: Phase, view: View, why: str, **changed: object) -> ExecutionStatus:
    ended = transition(status, phase, view, why, **({"ended_at": view.now, "outcome": None} | changed))
    return ended if status.shadow is None else scored(ended)


def _forced(status: ExecutionStatus, view: View) -> ExecutionStatus | None:
    """Return what has to happen in whatever phase it is."""
    if status.shadow is not None and view.mode is not RemediationMode.DRY_RUN:
        return _end(status, Phase.INCONCLUSIVE, view, f"the dry run ends: the mode is {view.mode.value}")
    if len(status.journal) >= JOURNAL_LIMIT:
        why = f"{JOURNAL_LIMIT} changes led nowhere; a person has to look"
        return _undo_all(status, view, why, Phase.ESCALATED, effective=False)
    if status.phase in ACTING and view.stop and status.shadow is None:
        return _undo_all(status, view, view.stop, Phase.BLOCKED)
    return _timed_anew(status, view)


def _timed_anew(status: ExecutionStatus, view: View) -> ExecutionStatus | None:
    """Return the status with its times as of now where the clock has gone back: nothing may wait until it is there."""
    times = (status.phase_since, status.healthy_since)
    if min(seconds_between(since, view.now) for since in times) >= -CLOCK_SKEW_SECONDS:
        return None
    healthy_since = view.now if status.healthy_since else None
    return note(status, view, "the clock has gone back", phase_since=view.now, healthy_since=healthy_since)


def _undo_all(status: ExecutionStatus, view: View, why: str, outcome: Phase, **changed: object) -> ExecutionStatus:
    return transition(status, Phase.COMPENSATING, view, why, outcome=outcome, healthy_since=None, **changed)


def _gave_up(status: ExecutionStatus, runbook: Runbook, view: View, why: str) -> ExecutionStatus:
    """Undo what did not help; the last of several is for a person."""
    limit = runbook.guards.ineffective_limit
    if view.ineffective + 1 < limit:
        return _undo_all(status, view, why, Phase.INCONCLUSIVE, effective=False)
    why = f"{why}; {limit} executions did not help: a person has to look"
    return _undo_all(status, view, why, Phase.ESCALATED, effective=False)


def _after_trigger(execution: Execution, _: Runbook, view: View) -> ExecutionStatus:
    return transition(execution.status, Phase.DIAGNOSING, view, "is it what the runbook is for?")


def _diagnosing(execution: Execution, runbook: Runbook, view: View) -> ExecutionStatus:
    status, diagnosis = execution.status, runbook.diagnosis
    if confirmed(diagnosis, view):
        found = findings(diagnosis, view)
        plan = f"{len(runbook.steps)} steps, plan {status.plan.hash if status.plan else ''}"
        return transition(status, Phase.PLANNED, view, f"{' '.join(found)} {plan}", findings=found)
    if seconds_between(status.phase_since, view.now) < diagnosis.within_seconds:
        return status
    lacking = unmet((check.condition for check in diagnosis.checks), view)
    why = f"not confirmed in {diagnosis.within_seconds} s: {lacking}"
    return _end(status, Phase.INCONCLUSIVE, view, why)


def _waiting(execution: Execution, runbook: Runbook, view: View) -> ExecutionStatus:
    """Planned, waiting for a person, or blocked: nothing is in force."""
    status = execution.status
    if view.offered is not None and status.phase is not Phase.PLANNED:
        plan = build_plan(view.offered)
        return note(status, view, f"the runbook has changed: planned anew, plan {plan.hash}", plan=plan)
    gone = _gone_by_itself(status, runbook, view)
    return gone if gone is not None else _judged(status, view)


def _gone_by_itself(status: ExecutionStatus, runbook: Runbook, view: View) -> ExecutionStatus | None:
    lasts = unmet(runbook.recovery.when, view)
    back = refuted(runbook.recovery.when, view) or ("confirmed again" if confirmed(runbook.diagnosis, view) else "")
    if back and status.healthy_since:
        return note(status, view, f"the cause is back: {back}", healthy_since=None)
    if back or lasts:
        return None
    if status.healthy_since is None:
        return note(status, view, "the cause seems gone", healthy_since=view.now)
    if seconds_between(status.healthy_since, view.now) < runbook.recovery.healthy_for_seconds:
        return None
    return _end(status, Phase.INCONCLUSIVE, view, "the cause was gone before anything was done")


def _judged(status: ExecutionStatus, view: View) -> ExecutionStatus:
    verdict = view.verdict
    phase = {Judgement.APPROVAL: Phase.AWAITING_APPROVAL, Judgement.BLOCKED: Phase.BLOCKED}.get(verdict.judgement)
    if phase is None:
        return transition(status, Phase.MITIGATING, view, "nothing forbids to act", healthy_since=None)
    if phase is status.phase:
        return status if status.healthy_since else note(status, view, verdict.why)
    return transition(status, phase, view, verdict.why)


def _mitigating(execution: Execution, runbook: Runbook, view: View) -> ExecutionStatus:
    status = execution.status
    after = towards(Leg.MITIGATE, execution, view)
    if after is None:
        return transition(status, Phase.VERIFYING, view, "every step is in force")
    return after if isinstance(after, ExecutionStatus) else _gave_up(status, runbook, view, after)


def _verifying(execution: Execution, runbook: Runbook, view: View) -> ExecutionStatus:
    status = execution.status
    if status.shadow is not None:
        return _mitigation_ends(status, view, "would be verified now; nothing was done")
    failing = _unverified(status, runbook.verification, view)
    if failing is None:
        return status
    if not failing:
        return _mitigation_ends(status, view, "the mitigation helps", effective=True)
    if runbook.verification.otherwise is Otherwise.KEEP:
        return _mitigation_ends(status, view, f"the mitigation stays although {failing}")
    return _gave_up(status, runbook, view, f"the mitigation does not help: {failing}")


def _mitigation_ends(status: ExecutionStatus, view: View, why: str, **changed: object) -> ExecutionStatus:
    fields = {"mitigated_at": status.mitigated_at or view.now} | changed
    return transition(status, Phase.MITIGATED, view, why, **fields)


def _unverified(status: ExecutionStatus, verification: Verification, view: View) -> str | None:
    """Return what does not hold once time is up, an empty text where all holds, None while it is too early."""
    spent = seconds_between(status.phase_since, view.now)
    if spent < verification.at_least_seconds:
        return None
    failing = unmet(verification.conditions, view)
    return None if failing and spent < verification.within_seconds else failing


def _mitigated(execution: Execution, runbook: Runbook, view: View) -> ExecutionStatus:
    status, recovery = execution.status, runbook.recovery
    lasts = unmet(recovery.when, view)
    if lasts:
        return _lasting(status, runbook, view, lasts)
    if status.healthy_since is None:
        return note(status, view, "the cause is gone; watching it", healthy_since=view.now)
    healthy = seconds_between(status.healthy_since, view.now)
    settling = recovery.settling
    unsettled = settling is not None and healthy < settling.within_seconds and unmet(settling.conditions, view)
    if healthy < recovery.healthy_for_seconds or unsettled:
        return status
    return transition(status, Phase.RECOVERING, view, f"the cause has been gone for {healthy:.0f} s")


def _lasting(status: ExecutionStatus, runbook: Runbook, view: View, lasts: str) -> ExecutionStatus:
    if status.healthy_since is not None:
        back = refuted(runbook.recovery.when, view)
        return note(status, view, f"the cause is back: {back}", healthy_since=None) if back else status
    limit = runbook.recovery.give_up_after_seconds
    if limit is None or seconds_between(status.phase_since, view.now) < limit:
        return status
    why = f"the cause has lasted for {limit} s: {lasts}; a person has to look"
    return _undo_all(status, view, why, Phase.ESCALATED, effective=False)


def _relapsed(status: ExecutionStatus, runbook: Runbook, view: View) -> ExecutionStatus | None:
    """Return what to do where the cause is back, or where nobody knows: a new leader has seen nothing yet."""
    back = refuted(runbook.recovery.when, view)
    if back:
        return _mitigate_again(status, view, f"the cause is back: {back}")
    unknown = unmet(runbook.recovery.when, view)
    if unknown and seconds_between(status.phase_since, view.now) > UNKNOWN_SECONDS:
        return _mitigate_again(
            status, view, f"nobody has seen for {UNKNOWN_SECONDS} s whether the cause is gone: {unknown}"
        )
    return note(status, view, f"waits until it is seen whether the cause is back: {unknown}") if unknown else None


def _mitigate_again(status: ExecutionStatus, view: View, why: str) -> ExecutionStatus:
    if times_entered(status, Phase.MITIGATING) <= RELAPSE_LIMIT:
        return transition(status, Phase.MITIGATING, view, why, healthy_since=None)
    why = f"{why} for the {RELAPSE_LIMIT + 1}th time; a person has to look"
    return _undo_all(status, view, why, Phase.ESCALATED, effective=False)


def _recovering(execution: Execution, runbook: Runbook, view: View) -> ExecutionStatus:
    status = execution.status
    relapsed = _relapsed(status, runbook, view)
    if relapsed is not None:
        return relapsed
    after = towards(Leg.RECOVER, execution, view)
    if after is None:
        return transition(status, Phase.VERIFYING_RECOVERY, view, "the mitigation is undone")
    return after if isinstance(after, ExecutionStatus) else _mitigate_again(status, view, after)


def _verifying_recovery(execution: Execution, runbook: Runbook, view: View) -> ExecutionStatus:
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


def _closing(execution: Execution, view: View) -> ExecutionStatus:
    """Undo what recovery needed; whatever happens from here on is another incident."""
    after = towards(None, execution, view)
    if isinstance(after, ExecutionStatus):
        return after
    return _end(execution.status, Phase.SUCCEEDED, view, f"{_reason(execution.status)}; nothing is in force")


def _compensating(execution: Execution, _: Runbook, view: View) -> ExecutionStatus:
    status = execution.status
    after = towards(None, execution, view)
    if isinstance(after, ExecutionStatus):
        return after
    outcome, why = status.outcome or Phase.INCONCLUSIVE, f"{_reason(status)}; nothing is in force"
    if outcome is Phase.BLOCKED:
        return transition(status, outcome, view, why, outcome=None)
    return _end(status, outcome, view, why)


def _reason(status: ExecutionStatus) -> str:
    """Return why everything was undone."""
    return next(entry.entry for entry in reversed(status.journal) if entry.step is None)


_GOING_ON: dict[Phase, Next] = {
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
