"""Puts the steps of a leg in force and undoes all others, one change at a time. Pure; called by `execution`.

A change is written down, then made, then seen; the next one waits for that. What is wanted is put in force before
anything else is undone, so that pods are never told something between two legs.
"""

from photo_operator.crds.execution import EntryKind, Execution, ExecutionStatus, JournalEntry, View
from photo_operator.crds.runbook import Leg, Step
from photo_operator.runbooks.journal import note, pending, seconds_between, standing, step_entry, step_named


def towards(leg: Leg | None, execution: Execution, view: View) -> ExecutionStatus | str | None:
    """Return the next status; None where the leg's steps alone are in force; a sentence where a step has no effect.

    Args:
        leg: None undoes everything.
        execution: whose steps.
        view: what is seen.
    """
    status = execution.status
    changing = pending(status)
    if changing is not None:
        return _seen(execution, changing, view, leg)
    missing, other = _missing(status, leg), _other(status, leg)
    if missing is not None:
        if view.waits_for and status.shadow is None:
            return note(status, view, f"waits for {view.waits_for}")
        return step_entry(status, EntryKind.INTENT, missing, view, execution.metadata.name)
    if other is not None:
        return step_entry(status, EntryKind.UNDO, other, view, execution.metadata.name)
    return None


def _seen(execution: Execution, entry: JournalEntry, view: View, leg: Leg | None) -> ExecutionStatus | str:
    status = execution.status
    if status.plan is None:
        return status
    step = step_named(status.plan.runbook, entry.step)
    if view.settled or status.shadow is not None:
        kind = EntryKind.DONE if entry.kind is EntryKind.INTENT else EntryKind.UNDONE
        return step_entry(status, kind, step, view, execution.metadata.name)
    if entry.kind is EntryKind.UNDO:
        return status
    if leg is not step.leg:
        return step_entry(status, EntryKind.UNDO, step, view, execution.metadata.name)
    if seconds_between(entry.time, view.now) < step.timeout_seconds:
        return status
    return f"{step.name} has no effect within {step.timeout_seconds} s"


def _missing(status: ExecutionStatus, leg: Leg | None) -> Step | None:
    stands = {step.name for step in standing(status)}
    steps = status.plan.runbook.steps if status.plan else ()
    return next((step for step in steps if step.leg is leg and step.name not in stands), None)


def _other(status: ExecutionStatus, leg: Leg | None) -> Step | None:
    return next((step for step in reversed(standing(status)) if step.leg is not leg), None)
