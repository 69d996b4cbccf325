"""What was done, in a sentence or two."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from photo_operator.cli.render.console import BUSY, QUIET, mark
from photo_operator.cli.views.acts import DoneView, PauseView


def render_pause(view: PauseView) -> Iterator[RenderableType]:
    """Yield why a platform is paused, or that it is not."""
    if not view.reasons:
        yield mark(True, f"{view.platform} is not paused on request")
        return
    yield Text(f"{view.platform} is paused; nothing but its status is written:", BUSY)
    yield from (f"- {reason}" for reason in view.reasons)


def render_done(view: DoneView) -> Iterator[RenderableType]:
    """Yield what was created."""
    yield f"{view.kind} {view.name} created"
    yield Text(view.next_step, QUIET)
