"""The state machine of an execution, and what its journal says of phases and steps. Pure.

A step is in force from its Intent until its Undo. Nothing else is remembered of effects, so that any leader that reads
the journal knows what the cluster has to look like. `execution` decides; here its decisions are written down and read.
"""

from collections.abc import Iterable

import msgspec

from photo_operator.crds.execution import DecisionView, EntryKind, Execution, ExecutionStatus, JournalEntry, Phase
from photo_operator.crds.runbook import Leg, Runbook, Step
from photo_operator.times import seconds_since

JOURNAL_LIMIT = 200  # entries; an execution that needs more makes no progress, and a status has a maximum size

ENDED = frozenset({Phase.SUCCEEDED, Phase.ESCALATED, Phase.INCONCLUSIVE})
# a step may be in force, and the Leases of the execution's targets are held
ACTING = frozenset(
    {
        Phase.MITIGATING,
        Phase.VERIFYING,
        Phase.MITIGATED,
        Phase.RECOVERING,
        Phase.VERIFYING_RECOVERY,
        Phase.COMPENSATING,
    }
)

# the state machine, from which docs/reference/runbook-states.md is drawn: any other transition is a programming error
LEADS_TO: dict[Phase | None, tuple[Phase, ...]] = {
    None: (Phase.TRIGGERED, Phase.INCONCLUSIVE),
    Phase.TRIGGERED: (Phase.DIAGNOSING,),
    Phase.DIAGNOSING: (Phase.PLANNED, Phase.INCONCLUSIVE),
    Phase.PLANNED: (Phase.MITIGATING, Phase.AWAITING_APPROVAL, Phase.BLOCKED, Phase.INCONCLUSIVE),
    Phase.AWAITING_APPROVAL: (Phase.MITIGATING, Phase.BLOCKED, Phase.INCONCLUSIVE),
    Phase.BLOCKED: (Phase.MITIGATING, Phase.AWAITING_APPROVAL, Phase.INCONCLUSIVE),
    Phase.MITIGATING: (Phase.VERIFYING, Phase.COMPENSATING),
    Phase.VERIFYING: (Phase.MITIGATED, Phase.COMPENSATING),
    Phase.MITIGATED: (Phase.RECOVERING, Phase.COMPENSATING),
    Phase.RECOVERING: (Phase.VERIFYING_RECOVERY, Phase.MITIGATING, Phase.COMPENSATING),
    Phase.VERIFYING_RECOVERY: (Phase.SUCCEEDED, Phase.MITIGATING, Phase.COMPENSATING),
    Phase.COMPENSATING: (Phase.BLOCKED, Phase.ESCALATED, Phase.INCONCLUSIVE),
    Phase.SUCCEEDED: (),
    Phase.ESCALATED: (),
    Phase.INCONCLUSIVE: (),
}
CUT_SHORT = (Phase.COMPENSATING, Phase.INCONCLUSIVE)  # open from every phase: a full journal, a dry run that ends

PENDING = frozenset({EntryKind.INTENT, EntryKind.UNDO})
IN_FORCE = frozenset({EntryKind.INTENT, EntryKind.DONE})


def active(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """Return the executions that have not ended, oldest first."""
    running = (execution for execution in executions if execution.status.phase not in ENDED)
    return tuple(sorted(running, key=lambda found: (found.metadata.creation_timestamp or "", found.metadata.name)))


def acts(execution: Execution) -> bool:
    """Whether an execution may have something in force."""
    return execution.status.phase in ACTING and execution.status.shadow is None


def of_runbook(executions: Iterable[Execution], platform: str, alert: str) -> tuple[Execution, ...]:
    """Return the executions of a platform's runbook."""
    return tuple(found for found in executions if (found.spec.platform, found.spec.runbook) == (platform, alert))


def last_of_steps(journal: Iterable[JournalEntry]) -> dict[str, JournalEntry]:
    """Return the last entry of each step, the step whose Intent is newest last."""
    found: dict[str, JournalEntry] = {}
    for entry in journal:
        if entry.step is None or entry.kind is EntryKind.NOTE:
            continue
        if entry.kind is EntryKind.INTENT:
            found.pop(entry.step, None)
        found[entry.step] = entry
    return found


def steps_in_force(status: ExecutionStatus) -> tuple[Step, ...]:
    """Return the steps in force, in the order in which they were put in force; a dry run has none."""
    return () if status.shadow is not None else planned_in_force(status)


def planned_in_force(status: ExecutionStatus) -> tuple[Step, ...]:
    """Return the steps that are in force according to the journal, also where a dry run only pretends."""
    if status.plan is None:
        return ()
    steps = {step.name: step for step in status.plan.runbook.steps}
    return tuple(steps[name] for name, entry in last_of_steps(status.journal).items() if entry.kind in IN_FORCE)


def pending(status: ExecutionStatus) -> JournalEntry | None:
    """Return the change of a step whose effect has not been seen yet, or None."""
    return next((entry for entry in last_of_steps(status.journal).values() if entry.kind in PENDING), None)


def step_named(runbook: Runbook, name: str | None) -> Step:
    """Return a step of a runbook."""
    return next(step for step in runbook.steps if step.name == name)


def count_of(journal: Iterable[JournalEntry], step: str, kind: EntryKind) -> int:
    """Return how many entries of a kind a step has."""
    return sum(entry.step == step and entry.kind is kind for entry in journal)


def first_entered(status: ExecutionStatus, phase: Phase) -> str | None:
    """Return when a phase was first entered."""
    found = (e.time for e in status.journal if e.kind is EntryKind.TRANSITION and e.phase is phase)
    return next(found, None)


def times_entered(status: ExecutionStatus, phase: Phase) -> int:
    """Return how often a phase was entered."""
    return sum(entry.kind is EntryKind.TRANSITION and entry.phase is phase for entry in status.journal)


def transition(
    status: ExecutionStatus, phase: Phase, view: DecisionView, why: str, **changed: object
) -> ExecutionStatus:
    """Return the status in another phase.

    Raises:
        ValueError: the state machine has no such transition.
    """
    if phase not in LEADS_TO[status.phase] and phase not in CUT_SHORT:
        raise ValueError(f"no way leads from {status.phase} to {phase}")
    entry = JournalEntry(view.now, phase, EntryKind.TRANSITION, why, view)
    fields = {"phase": phase, "phase_since": view.now, "explanation": why, "journal": (*status.journal, entry)}
    return msgspec.structs.replace(status, **(fields | changed))


def note(status: ExecutionStatus, view: DecisionView, why: str, **changed: object) -> ExecutionStatus:
    """Return the status in the same phase with a note; the same status where the last entry says so already."""
    if status.phase is None or (status.explanation == why and not changed):
        return status
    entry = JournalEntry(view.now, status.phase, EntryKind.NOTE, why, view)
    fields = {"explanation": why, "journal": (*status.journal, entry)}
    return msgspec.structs.replace(status, **(fields | changed))


def step_entry(
    status: ExecutionStatus, kind: EntryKind, step: Step, view: DecisionView, execution: str
) -> ExecutionStatus:
    """Return the status with the change of a step in its journal."""
    number = count_of(status.journal, step.name, EntryKind.INTENT) + (kind is EntryKind.INTENT)
    why = f"{_SENTENCES[kind]} {step.name}: {step.description}"
    entry = JournalEntry(
        time=view.now,
        phase=status.phase or Phase.TRIGGERED,
        kind=kind,
        entry=why,
        inputs=view,
        step=step.name,
        key=f"{execution}/{step.name}/{number}",
        before=view.policy if kind is EntryKind.INTENT else None,
    )
    return msgspec.structs.replace(status, journal=(*status.journal, entry), explanation=why)


_SENTENCES = {
    EntryKind.INTENT: "about to put in force",
    EntryKind.DONE: "in force",
    EntryKind.UNDO: "about to undo",
    EntryKind.UNDONE: "undone",
}


def advance_steps(leg: Leg | None, execution: Execution, view: DecisionView) -> ExecutionStatus | str | None:
    """Put the steps of a leg in force and undo all others, one change at a time.

    A change is written to the journal, then made, then seen; the next one waits for that. The steps of the leg are put
    in force before others are undone, so that pods never see a moment without either.

    Args:
        leg: whose steps are wanted; None undoes everything.
        execution: whose steps.
        view: what is seen.

    Returns:
        The next status; None where exactly the steps of the leg are in force; a sentence where a step has no effect.
    """
    status = execution.status
    changing = pending(status)
    if changing is not None:
        return _await_effect(execution, changing, view, leg)
    missing, superfluous = _missing(status, leg), _superfluous(status, leg)
    if missing is not None:
        if view.waits_for and status.shadow is None:
            return note(status, view, f"waits for {view.waits_for}")
        return step_entry(status, EntryKind.INTENT, missing, view, execution.metadata.name)
    if superfluous is not None:
        return step_entry(status, EntryKind.UNDO, superfluous, view, execution.metadata.name)
    return None


def _await_effect(
    execution: Execution, entry: JournalEntry, view: DecisionView, leg: Leg | None
) -> ExecutionStatus | str:
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
    if seconds_since(entry.time, view.now) < step.timeout_seconds:
        return status
    return f"{step.name} has no effect within {step.timeout_seconds} s"


def _missing(status: ExecutionStatus, leg: Leg | None) -> Step | None:
    names = {step.name for step in planned_in_force(status)}
    steps = status.plan.runbook.steps if status.plan else ()
    return next((step for step in steps if step.leg is leg and step.name not in names), None)


def _superfluous(status: ExecutionStatus, leg: Leg | None) -> Step | None:
    return next((step for step in reversed(planned_in_force(status)) if step.leg is not leg), None)
