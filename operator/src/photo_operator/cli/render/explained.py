"""Renders the explanations of scaling and of the feed mode."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from photo_operator.cli.render.console import BUSY, HEAD, QUIET, facts, heading, table
from photo_operator.cli.render.executions import running_lines
from photo_operator.cli.views.mode import ExplainedMode
from photo_operator.cli.views.scale import ExplainedScale, ScaleView, ScalingChangeView, ScheduledEventView
from photo_operator.scaling.model import LimitedBy

BLOCK, WIDEST = "▇", 20  # the character of the bars, and the length of the longest


def render_explained_scale(view: ExplainedScale) -> Iterator[RenderableType]:
    """Yield each scaled worker with its calculation and last changes, then the workers that are not scaled."""
    for number, found in enumerate(view.scaled):
        yield from _worker(found, first=number == 0)
    if view.scaled and view.missing:
        yield ""
    for name in view.missing:
        yield f"{view.platform} has no {name} workers yet"
    if view.fixed:
        yield heading("Set by the spec")
        yield table(("WORKER", "PODS"), ((name, str(number)) for name, number in view.fixed.items()))


def _worker(found: ScaleView, *, first: bool) -> Iterator[RenderableType]:
    title = f"{found.worker}: {found.replicas} running, {found.desired} wanted"
    yield Text(title, HEAD) if first else heading(title)
    yield ""
    yield facts(_facts(found))
    yield heading("Last changes")
    yield _moves(found.decisions) if found.decisions else "no change yet"


def _facts(found: ScaleView) -> Iterator[tuple[str, str]]:
    yield "Calculation", found.calculation
    yield "Limited by", _limit(found)
    yield "Lag", "not known" if found.lag is None else f"{found.lag} messages"
    yield "Drained in", _drain(found)
    if found.arrival_per_second is not None:
        yield "Arriving", f"{found.arrival_per_second:g} messages/s"
        yield "Written", f"{found.service_per_second or 0:g} messages/s"
    yield "One worker", _one_worker(found.per_worker_per_second)
    yield "Allowed", f"{found.minimum} to {found.maximum} workers"
    for event in found.scheduled_events:
        yield "Scheduled event", _event(event)


def _limit(found: ScaleView) -> str:
    return ": ".join(filter(None, (found.limited_by, found.meaning))) or "no decision yet"


def _drain(found: ScaleView) -> str:
    unknown = "not known" if found.lag is None else "never: nothing is consumed"
    drained = unknown if found.drain_seconds is None else f"{found.drain_seconds} s"
    return f"{drained}, target {found.drain_target_seconds} s"


def _one_worker(rate: float | None) -> str:
    return "not measured yet" if rate is None else f"{rate:g} messages per busy second"


def _event(event: ScheduledEventView) -> str:
    on = f"; on until {event.until}" if event.until else ""
    when = f'"{event.schedule}" (UTC) for {event.duration_minutes} minutes'
    return f"at least {event.replicas} from {when}: {event.reason}{on}"


def _moves(decisions: Sequence[ScalingChangeView]) -> Table:
    """Return the number of workers over time: one bar per change, the newest last."""
    most = max(max(move.before, move.after) for move in decisions)
    return table(("AGO", "WORKERS", "", "WHY"), (_move(move, most) for move in decisions))


def _move(move: ScalingChangeView, most: int) -> tuple[str | Text, ...]:
    bar = Text(_bar(move.after, most), BUSY if move.after > move.before else QUIET)
    limit = "" if move.limited_by == LimitedBy.NONE else move.limited_by
    return move.ago, f"{move.before} -> {move.after}", bar, ": ".join(filter(None, (limit, move.explanation)))


def _bar(workers: int, most: int) -> str:
    """Return a bar in proportion to the number of workers, at least one block for one worker."""
    return BLOCK * (max(1, round(workers * WIDEST / most)) if workers else 0)


def render_explained_mode(view: ExplainedMode) -> Iterator[RenderableType]:
    """Yield the feed mode, what decided it, and the runtime policy."""
    yield facts([("Feeds", f"{view.mode}: {view.meaning}"), ("Level", f"{view.degraded_level} of 4")])
    yield heading("Decided by")
    yield from view.decided_by
    yield heading("Runtime policy of the pods, where it differs from the default")
    yield table(("FIELD", "VALUE"), view.told_to_pods.items())
    if view.running:
        yield heading("Running")
        yield from running_lines(view.running)
