"""Decides an execution again from the inputs in its journal, and lists where a decision differs. Pure.

Called by the command line (`photoplatform replay`) and by tests over every execution that a run has made.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from photo_operator.crds.execution import Execution, ExecutionStatus, JournalEntry, decode_execution
from photo_operator.runbooks.execution import advance


class ReplayDifference(Struct, frozen=True):
    """A decision that differs from the recorded one."""

    number: int  # of the entry, from 1; 0 is the status as a whole
    recorded: str
    decided: str


def replay(manifest: Mapping[str, Any]) -> tuple[ReplayDifference, ...]:
    """Return the differences between what a RunbookExecution records and what is decided from its inputs."""
    recorded = decode_execution(manifest)
    execution = msgspec.structs.replace(recorded, status=ExecutionStatus())
    found = []
    for number, entry in enumerate(recorded.status.journal, start=1):
        after = advance(execution, entry.inputs)
        again = after.journal[-1] if len(after.journal) == number else None
        if again != entry:
            found.append(ReplayDifference(number, _describe(entry), _describe(again)))
        execution = _continued(execution, after, recorded.status, number)
    if execution.status != recorded.status and not found:
        found.append(ReplayDifference(0, _summary(recorded.status), _summary(execution.status)))
    return tuple(found)


def _continued(execution: Execution, after: ExecutionStatus, recorded: ExecutionStatus, number: int) -> Execution:
    """Return the execution for the next decision: its journal is the recorded one up to here."""
    status = msgspec.structs.replace(after, journal=recorded.journal[:number])
    return msgspec.structs.replace(execution, status=status)


def _describe(entry: JournalEntry | None) -> str:
    return "nothing" if entry is None else f"{entry.time} {entry.phase.value} {entry.kind.value}: {entry.entry}"


def _summary(status: ExecutionStatus) -> str:
    fields = msgspec.to_builtins(status)
    return ", ".join(f"{key}={value}" for key, value in sorted(fields.items()) if key not in ("journal", "plan"))
