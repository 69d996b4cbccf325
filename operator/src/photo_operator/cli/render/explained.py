"""Why so many workers, and why this mode."""

from collections.abc import Iterator

from rich.console import RenderableType

from photo_operator.cli.render.console import facts, heading, table
from photo_operator.cli.render.executions import running_lines
from photo_operator.cli.views.mode import ExplainedMode
from photo_operator.cli.views.scale import ExplainedScale, ScaleView


def render_explained_scale(view: ExplainedScale) -> Iterator[RenderableType]:
    """Yield the calculation, then the workers that nobody scales."""
    if view.scaled is None:
        yield f"{view.platform} has no fan-out workers yet"
        return
    yield f"{view.scaled.worker}: {view.scaled.replicas} running, {view.scaled.desired} wanted"
    yield ""
    yield facts(_facts(view.scaled))
    yield heading("As the spec says")
    yield table(("WORKER", "PODS"), ((name, str(number)) for name, number in view.fixed.items()))


def _facts(found: ScaleView) -> Iterator[tuple[str, str]]:
    yield "Calculation", found.calculation
    yield "Limited by", f"{found.limited_by}: {found.meaning}" if found.meaning else "not decided yet"
    yield "Lag", "not known" if found.lag is None else f"{found.lag} messages"
    yield "Drained in", _seconds(found.drain_seconds, found.drain_target_seconds)
    if found.arrival_per_second is not None:
        yield "Arriving", f"{found.arrival_per_second:g} messages a second"
        yield "Written", f"{found.service_per_second or 0:g} messages a second"
    yield "Allowed", f"{found.minimum} to {found.maximum} workers"


def _seconds(drain: int | None, target: int) -> str:
    return f"{'nothing moves' if drain is None else f'{drain} s'}, target {target} s"


def render_explained_mode(view: ExplainedMode) -> Iterator[RenderableType]:
    """Yield the mode, who decided it, and what pods are told."""
    yield facts([("Feeds", f"{view.mode}: {view.meaning}"), ("Level", f"{view.degraded_level} of 4")])
    yield heading("Decided by")
    yield from view.decided_by
    yield heading("Pods are told, where it differs from the spec")
    yield table(("FIELD", "VALUE"), view.told_to_pods.items())
    if view.running:
        yield heading("Under way")
        yield from running_lines(view.running)
