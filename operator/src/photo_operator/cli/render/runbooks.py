"""Renders lists of runbooks, and errors of runbook files."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from photo_operator.cli.render.console import BAD, BUSY, QUIET, heading, table
from photo_operator.cli.views.runbooks import CheckedRunbooks, RunbooksView, RunbookView
from photo_operator.crds.runbook import Runbook


def render_runbooks(view: RunbooksView) -> Iterator[RenderableType]:
    """Yield the list."""
    head = ("ALERT", "MODE", "COOLDOWN", "LAST RUN", "ACTS ON", "SOURCE", "SUMMARY")
    yield table(head, map(_row, view.runbooks))
    if view.malformed:
        yield heading("Malformed (these do not run)")
        yield table(("SOURCE", "ERROR"), view.malformed.items())


def _row(found: RunbookView) -> tuple[str | Text, ...]:
    mode = Text(found.mode, "" if found.mode == "Automatic" else BUSY)
    cooldown = f"{found.cooldown_left_seconds:.0f}s left" if found.cooldown_left_seconds else ""
    return found.alert, mode, cooldown, found.last, ", ".join(found.targets), Text(found.source, QUIET), found.summary


def render_checked(view: CheckedRunbooks) -> Iterator[RenderableType]:
    """Yield one line per error."""
    yield from (Text(mistake, BAD) for mistake in view.mistakes)
    if not view.mistakes:
        yield f"{', '.join(view.good)}: valid"


def render_runbook_steps(runbook: Runbook) -> Iterator[RenderableType]:
    """Yield the steps of a runbook."""
    yield f"{runbook.alert}: {runbook.summary}"
    yield heading("Plan")
    rows = ((step.name, step.leg.value, step.action.value, step.description) for step in runbook.steps)
    yield table(("STEP", "LEG", "ACTION", "WHAT IT DOES"), rows)
