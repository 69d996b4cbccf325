"""Renders `photoplatform status`: the verdict first, then the facts behind it."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from photo_operator.cli.render.console import BAD, BUSY, QUIET, facts, heading, mark, table
from photo_operator.cli.render.executions import running_lines
from photo_operator.cli.views.status import ConditionView, StatusView, WorkerView


def render_status(view: StatusView) -> Iterator[RenderableType]:
    """Yield the screen."""
    verdict = mark(view.healthy, "healthy" if view.healthy else "NOT HEALTHY")
    yield Text.assemble((f"{view.namespace}/{view.platform}", "bold"), "  ", verdict, "  ", view.sentence)
    yield ""
    yield facts(_facts(view))
    if view.running:
        yield heading("Running")
        yield from running_lines(view.running)
    if view.conditions:
        yield heading("Conditions")
        yield table(("", "STATUS", "SINCE", "REASON", "MESSAGE"), map(_condition, view.conditions))
    if view.workers:
        yield heading("Workers")
        yield table(("", "PODS", "LAG", "DRAIN", "LIMITED BY", "WHY"), map(_worker, view.workers))
    if view.events:
        yield heading("Events")
        yield table(
            ("AGO", "REASON", "MESSAGE"), ((e.ago, _warned(e.reason, e.warning), e.message) for e in view.events)
        )


def _facts(view: StatusView) -> Iterator[tuple[str, str | Text]]:
    yield "API", view.api_url or "no address yet"
    yield "Feeds", _feeds(view)
    yield "Operator", mark(view.operator.alive, view.operator.sentence)
    yield "Runbooks", f"{view.remediation}; {_last(view)}"
    if view.pause_reasons:
        yield "Paused", mark(None, "; ".join(view.pause_reasons))
    if view.maintenance_until:
        yield "Maintenance", mark(None, f"until {view.maintenance_until}: {view.maintenance_reason}")


def _feeds(view: StatusView) -> str:
    rebuilding = f", {view.feed.feeds_to_rebuild} to rebuild" if view.feed.feeds_to_rebuild else ""
    return f"{view.feed.mode}, degraded level {view.feed.degraded_level}, spec {view.feed.spec_mode}{rebuilding}"


def _last(view: StatusView) -> str:
    if view.last_execution is None:
        return "none has run yet"
    last = view.last_execution
    return f"the last was {last.runbook}, {last.phase}, {last.age} ago"


def _condition(found: ConditionView) -> tuple[str | Text, ...]:
    shown = mark(found.as_wanted, found.type) if found.status != "Unknown" else mark(None, found.type)
    return shown, found.status, found.since, found.reason, found.message


def _worker(found: WorkerView) -> tuple[str | Text, ...]:
    pods = f"{found.replicas}/{found.desired}"
    limited = Text(found.limited_by, BUSY if found.limited_by not in ("", "None") else QUIET)
    return (
        found.name,
        Text(pods, "" if found.replicas == found.desired else BUSY),
        "" if found.lag is None else str(found.lag),
        "" if found.drain_seconds is None else f"{found.drain_seconds}s",
        limited,
        found.explanation,
    )


def _warned(words: str, warning: bool) -> Text:  # noqa: FBT001 - the flag is what is shown
    return Text(words, BAD if warning else "")
