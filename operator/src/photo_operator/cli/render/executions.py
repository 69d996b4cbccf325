"""Renders executions as a list, and one execution with its journal."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from photo_operator.cli.render.console import BAD, BUSY, GOOD, HEAD, QUIET, facts, heading, mark, table
from photo_operator.cli.views.executions import ExecutionsView, ExecutionView, ExplainedExecution
from photo_operator.cli.views.replayed import ReplayedExecution

STYLES = {
    "Succeeded": GOOD,
    "Mitigated": BUSY,
    "AwaitingApproval": BUSY,
    "Escalated": BAD,
    "Blocked": BAD,
    "Compensating": BAD,
    "Inconclusive": QUIET,
}


def _phase(found: ExecutionView) -> Text:
    return Text(found.phase, STYLES.get(found.phase, BUSY if found.running else ""))


def _seconds(span: float | None) -> str:
    return "" if span is None else f"{span:.0f}s"


def running_lines(executions: Iterable[ExecutionView]) -> Iterator[RenderableType]:
    """Yield two lines per execution: its state, and the next step."""
    for found in executions:
        yield Text.assemble((found.name, HEAD), "  ", _phase(found), f"  {found.explanation}")
        yield Text(f"  {found.next_step}", QUIET)


def render_executions(view: ExecutionsView) -> Iterator[RenderableType]:
    """Yield the list."""
    if not view.executions:
        yield f"no runbook has run for {view.platform} yet"
        return
    head = ("NAME", "RUNBOOK", "PHASE", "SOURCE", "AGE", "MITIGATED", "IN ALL", "WHY")
    yield table(head, map(_row, view.executions))


def _row(found: ExecutionView) -> tuple[str | Text, ...]:
    mitigated, whole = _seconds(found.seconds_to_mitigate), _seconds(found.seconds_in_all)
    return found.name, found.runbook, _phase(found), found.source, found.age, mitigated, whole, found.explanation


def render_explained_execution(view: ExplainedExecution) -> Iterator[RenderableType]:
    """Yield an execution with plan and journal."""
    yield Text.assemble((view.execution.name, HEAD), "  ", _phase(view.execution), f"  {view.execution.explanation}")
    yield ""
    yield facts(_facts(view))
    if view.steps:
        yield heading("Plan")
        head = ("STEP", "LEG", "ACTION", "STATE", "WHAT IT DOES")
        yield table(head, ((s.name, s.leg, s.action, s.state, s.description) for s in view.steps))
    yield heading("Journal")
    yield table(("TIME", "PHASE", "KIND", "ENTRY"), ((e.time, e.phase, e.kind, e.entry) for e in view.journal))


def _facts(view: ExplainedExecution) -> Iterator[tuple[str, str]]:
    yield "Platform", view.platform
    yield "Trigger", view.trigger
    for finding in view.findings:
        yield "Finding", finding
    if view.shadow:
        yield "Dry run", view.shadow
    yield "Plan", view.plan_hash or "not made yet"
    yield "Mitigated", _seconds(view.execution.seconds_to_mitigate) or "not yet"
    yield "In all", _seconds(view.execution.seconds_in_all) or "running"
    if view.execution.running:
        yield "Next", view.execution.next_step


def render_replayed(view: ReplayedExecution) -> Iterator[RenderableType]:
    """Yield whether the decisions match the recorded ones, and the differences."""
    words = f"{view.name}: {view.decisions} decisions, {len(view.differences)} differ"
    yield mark(view.same, words)
    if view.differences:
        rows = ((str(found.number), found.recorded, found.decided) for found in view.differences)
        yield table(("ENTRY", "RECORDED", "DECIDED NOW"), rows)
