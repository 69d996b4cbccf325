"""What an execution's journal says of its steps: which are in force, and which change is not seen yet. Pure.

A step is in force from its Intent until its Undo; nothing else is remembered of effects, so that whoever reads the
journal knows what the cluster shall look like.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from photo_operator.crds.execution import EntryKind, ExecutionStatus, JournalEntry, Phase, View
from photo_operator.crds.runbook import Runbook, Step
from photo_operator.runbooks.phases import CUT_SHORT, LEADS_TO

JOURNAL_LIMIT = 200  # entries; whoever needs more gets nowhere, and a status has its bounds
PENDING = frozenset({EntryKind.INTENT, EntryKind.UNDO})
STANDS = frozenset({EntryKind.INTENT, EntryKind.DONE})


def seconds_between(before: str | None, now: str) -> float:
    """Return the seconds from one RFC 3339 time to another, 0 where the first is missing."""
    if before is None:
        return 0.0
    return (datetime.fromisoformat(now) - datetime.fromisoformat(before)).total_seconds()


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


def in_force(status: ExecutionStatus) -> tuple[Step, ...]:
    """Return the steps in force, in the order in which they were put there; a dry run has none."""
    if status.shadow is not None:
        return ()
    return standing(status)


def standing(status: ExecutionStatus) -> tuple[Step, ...]:
    """Return the steps that the journal has put in force, be it for show."""
    if status.plan is None:
        return ()
    steps = {step.name: step for step in status.plan.runbook.steps}
    return tuple(steps[name] for name, entry in last_of_steps(status.journal).items() if entry.kind in STANDS)


def pending(status: ExecutionStatus) -> JournalEntry | None:
    """Return the change of a step that is written down and not seen yet."""
    return next((entry for entry in last_of_steps(status.journal).values() if entry.kind in PENDING), None)


def count_of(journal: Iterable[JournalEntry], step: str, kind: EntryKind) -> int:
    """Return how often a step was changed so."""
    return sum(entry.step == step and entry.kind is kind for entry in journal)


def first_entered(status: ExecutionStatus, phase: Phase) -> str | None:
    """Return when a phase was first entered."""
    found = (e.time for e in status.journal if e.kind is EntryKind.TRANSITION and e.phase is phase)
    return next(found, None)


def times_entered(status: ExecutionStatus, phase: Phase) -> int:
    """Return how often a phase was entered."""
    return sum(entry.kind is EntryKind.TRANSITION and entry.phase is phase for entry in status.journal)


def transition(status: ExecutionStatus, phase: Phase, view: View, why: str, **changed: object) -> ExecutionStatus:
    """Return the status in another phase, which the state machine has a way to."""
    if phase not in LEADS_TO[status.phase] and phase not in CUT_SHORT:
        raise ValueError(f"no way leads from {status.phase} to {phase}")
    entry = JournalEntry(view.now, phase, EntryKind.TRANSITION, why, view)
    fields = {"phase": phase, "phase_since": view.now, "explanation": why, "journal": (*status.journal, entry)}
    return msgspec.structs.replace(status, **(fields | changed))


def note(status: ExecutionStatus, view: View, why: str, **changed: object) -> ExecutionStatus:
    """Return the status in the same phase with something said; the same status where that was said last."""
    if status.phase is None or (status.explanation == why and not changed):
        return status
    entry = JournalEntry(view.now, status.phase, EntryKind.NOTE, why, view)
    fields = {"explanation": why, "journal": (*status.journal, entry)}
    return msgspec.structs.replace(status, **(fields | changed))


def step_entry(status: ExecutionStatus, kind: EntryKind, step: Step, view: View, execution: str) -> ExecutionStatus:
    """Return the status with a change of a step written down."""
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


def step_named(runbook: Runbook, name: str | None) -> Step:
    """Return a step of a runbook."""
    return next(step for step in runbook.steps if step.name == name)
