"""The commands that only read. Each asks through the session, builds a view, shows it. Listed by `main`."""

from pathlib import Path
from typing import Annotated

import typer

from photo_operator.cli import lookups
from photo_operator.cli.connection import Connected
from photo_operator.cli.errors import ExitCode, usage
from photo_operator.cli.render.executions import render_executions, render_explained_execution, render_replayed
from photo_operator.cli.render.explained import render_explained_mode, render_explained_scale
from photo_operator.cli.render.runbooks import render_checked, render_runbooks
from photo_operator.cli.render.status import render_status
from photo_operator.cli.session import session_of
from photo_operator.cli.shelf import build_shelf
from photo_operator.cli.views.executions import (
    ExecutionsView,
    build_executions_view,
    build_explained_execution,
    last_of_each,
)
from photo_operator.cli.views.mode import build_explained_mode
from photo_operator.cli.views.replayed import build_replayed
from photo_operator.cli.views.runbooks import RunbooksView, build_checked_runbooks, build_runbooks_view
from photo_operator.cli.views.scale import build_explained_scale
from photo_operator.cli.views.status import build_status_view
from photo_operator.cli.words import ExecutionName, PlatformName, WorkerName


def status(context: typer.Context, platform: PlatformName = None) -> None:
    """One screen: is it healthy, what is it doing, why. Exits with 1 when it is not healthy."""
    session = session_of(context)
    picture = session.ask(lambda connected: lookups.read_picture(connected, platform))
    view = build_status_view(picture, session.now)
    session.show(view, render_status)
    raise typer.Exit(ExitCode.HEALTHY if view.healthy else ExitCode.UNHEALTHY)


def executions(context: typer.Context, platform: PlatformName = None) -> None:
    """List the incidents of a platform: what was triggered, mitigated, recovered."""
    session = session_of(context)

    async def read(connected: Connected) -> ExecutionsView:
        name = (await lookups.find_platform(connected, platform)).metadata.name
        return build_executions_view(name, await lookups.list_executions(connected, name), session.now)

    session.show(session.ask(read), render_executions)


def explain_scale(context: typer.Context, worker: WorkerName = None, platform: PlatformName = None) -> None:
    """Say why there are so many workers, with the numbers to check it by hand, and draw the last moves.

    The name of a platform may stand alone: all its workers are told.
    """
    session = session_of(context)
    found, only = session.ask(lambda connected: lookups.find_scaled(connected, worker, platform))
    session.show(build_explained_scale(found, session.now, only), render_explained_scale)


def explain_mode(context: typer.Context, platform: PlatformName = None) -> None:
    """Say how feeds are served, who decided it, and what pods are told."""
    session = session_of(context)
    picture = session.ask(lambda connected: lookups.read_picture(connected, platform))
    session.show(build_explained_mode(picture, session.now), render_explained_mode)


def explain_runbook(context: typer.Context, execution: ExecutionName) -> None:
    """Tell the story of one execution: trigger, findings, plan, journal."""
    session = session_of(context)
    found = session.ask(lambda connected: lookups.find_execution(connected, execution))
    session.show(build_explained_execution(found, session.now), render_explained_execution)


def runbooks(context: typer.Context) -> None:
    """List what may run for the only platform, or check a runbook's file."""
    if context.invoked_subcommand is None:
        list_runbooks(context)


def list_runbooks(context: typer.Context, platform: PlatformName = None) -> None:
    """List what may run: in which mode, its last run, what is left of its cooldown."""
    session = session_of(context)

    async def read(connected: Connected) -> RunbooksView:
        found = await lookups.find_platform(connected, platform)
        executions = await lookups.list_executions(connected, found.metadata.name)
        shelf = build_shelf(*await lookups.read_runbooks(connected))
        return build_runbooks_view(found, shelf, last_of_each(executions, session.now))

    session.show(session.ask(read), render_runbooks)


def check_runbooks(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Manifests of kind Runbook.")],
) -> None:
    """Say what is wrong with a runbook's file before it is applied: file, field, reason. Asks no cluster."""
    session = session_of(context)
    view = build_checked_runbooks({str(path): _text(path) for path in files})
    session.show(view, render_checked)
    raise typer.Exit(ExitCode.UNHEALTHY if view.mistakes else ExitCode.HEALTHY)


def replay(context: typer.Context, execution: ExecutionName) -> None:
    """Decide an execution again from its recorded inputs. Exits with 1 when a decision comes out differently."""
    session = session_of(context)
    found = session.ask(lambda connected: lookups.find_execution(connected, execution))
    view = build_replayed(found)
    session.show(view, render_replayed)
    raise typer.Exit(ExitCode.HEALTHY if view.same else ExitCode.UNHEALTHY)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise usage(f"cannot read {path}: {error}") from error
