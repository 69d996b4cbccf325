"""`photoplatform replay`: the recorded inputs of an execution, decided again by the operator's own code."""

from photo_operator.cli.errors import usage
from photo_operator.cli.views.base import View
from photo_operator.crds.execution import decode_execution
from photo_operator.crds.platform import Manifest
from photo_operator.runbooks.replay import replay


class DifferenceView(View, frozen=True):
    """One decision that differs from the recorded one."""

    number: int  # of the journal's entry, from 1; 0 is the status as a whole
    recorded: str
    decided: str


class ReplayedExecution(View, frozen=True):
    """`photoplatform replay`."""

    name: str
    decisions: int
    same: bool
    differences: list[DifferenceView]


def build_replayed(execution: Manifest) -> ReplayedExecution:
    """Return the decisions that the recorded inputs lead to now.

    Raises:
        CliError: the execution was recorded by a version with other inputs.
    """
    name, journal = execution["metadata"]["name"], (execution.get("status") or {}).get("journal") or ()
    if len(decode_execution(execution).status.journal) != len(journal):
        raise usage(f"{name} was recorded by a version with other inputs and cannot be replayed")
    found = replay(execution)
    return ReplayedExecution(
        name=name,
        decisions=len(journal),
        same=not found,
        differences=[DifferenceView(number=d.number, recorded=d.recorded, decided=d.decided) for d in found],
    )
