"""Renders the output of the commands that change the cluster."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from photo_operator.cli.render.console import BUSY, QUIET, mark
from photo_operator.cli.views.changes import DoneView, PauseView


def render_pause(view: PauseView) -> Iterator[RenderableType]:
    """Yield the pause requests of a platform."""
    if not view.reasons:
        yield mark(True, f"{view.platform} is not paused on request")
        return
    yield Text(f"{view.platform} is paused; the operator writes only its status:", BUSY)
    yield from (f"- {reason}" for reason in view.reasons)


def render_done(view: DoneView) -> Iterator[RenderableType]:
    """Yield what was created."""
    yield f"{view.kind} {view.name} created"
    yield Text(view.next_step, QUIET)
