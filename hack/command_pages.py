"""Builds docs/reference/cli.md: every command, and the fields of its output with `-o json`. Called by `generate`."""

import html
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import typer
from msgspec import structs
from typer.cli import get_docs_for_click
from typer.main import get_command

from photo_operator.cli.main import app
from photo_operator.cli.views.base import View
from photo_operator.cli.views.changes import DoneView, PauseView
from photo_operator.cli.views.executions import ExecutionsView, ExplainedExecution
from photo_operator.cli.views.mode import ExplainedMode
from photo_operator.cli.views.replayed import ReplayedExecution
from photo_operator.cli.views.runbooks import CheckedRunbooks, RunbooksView
from photo_operator.cli.views.scale import ExplainedScale
from photo_operator.cli.views.status import StatusView

NAME = "photoplatform"
OUTPUTS: dict[str, type[View]] = {
    "status": StatusView,
    "executions": ExecutionsView,
    "explain scale": ExplainedScale,
    "explain mode": ExplainedMode,
    "explain runbook": ExplainedExecution,
    "runbooks list": RunbooksView,
    "runbooks check": CheckedRunbooks,
    "replay": ReplayedExecution,
    "pause, resume": PauseView,
    "approve, drill": DoneView,
}


def json_fields(view: type[View], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the type of every field of an output."""
    hints = get_type_hints(view)
    for field in structs.fields(view):
        here, kind = f"{path}{field.encode_name}", hints[field.name]
        inner = _inner(kind)
        yield here, _named(kind)
        if inner is not None:
            yield from json_fields(inner, f"{here}{'[]' if _is_list(kind) else ''}.")


def _is_list(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is list


def _inner(kind: Any) -> type[View] | None:
    """Return the view in a field, also if the field is a list of views."""
    candidates = (kind, *get_args(kind))
    return next((found for found in candidates if isinstance(found, type) and issubclass(found, View)), None)


def _named(kind: Any) -> str:
    absent = " or null" if type(None) in get_args(kind) else ""
    if _is_list(kind):
        return "array"
    if _inner(kind) is not None or getattr(kind, "__origin__", None) is dict:
        return f"object{absent}"
    words = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return next(words[found] for found in (kind, *get_args(kind)) if found in words) + absent


def commands_page() -> str:
    """Return the page."""
    command = get_command(app)
    described = html.unescape(get_docs_for_click(obj=command, ctx=typer.Context(command), name=NAME))
    parts = [
        described.replace(f"# `{NAME}`", "# The command line", 1).rstrip(),
        "## Output of `-o json`",
        COMPATIBILITY,
    ]
    for name, view in OUTPUTS.items():
        rows = [f"| `{path}` | {kind} |" for path, kind in json_fields(view)]
        parts.append("\n".join([f"### {name}", "", "| field | type |", "| --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


COMPATIBILITY = "Fields may be added, but not removed. Errors are one sentence on standard error, and an exit code."
