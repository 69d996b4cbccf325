"""The commands that only read: each reads through the session, builds a view and shows it. Listed by `main`."""

from pathlib import Path
from typing import Annotated

import typer

from photo_operator.cli import lookups
from photo_operator.cli.arguments import ExecutionName, PlatformName, WorkerName
from photo_operator.cli.connection import Connected
from photo_operator.cli.errors import ExitCode, usage
from photo_operator.cli.render.executions import render_executions, render_explained_execution, render_replayed
from photo_operator.cli.render.explained import render_explained_mode, render_explained_scale
from photo_operator.cli.render.runbooks import render_checked, render_runbooks
from photo_operator.cli.render.status import render_status
from photo_operator.cli.runbook_catalog import build_runbook_catalog
from photo_operator.cli.session import session_of
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


def status(context: typer.Context, platform: PlatformName = None) -> None:
    """Show one screen: is the platform healthy, what is it doing, and why. Exits with 1 if it is not healthy."""
    session = session_of(context)
    snapshot = session.run(lambda connected: lookups.read_snapshot(connected, platform))
    view = build_status_view(snapshot, session.now)
    session.show(view, render_status)
    raise typer.Exit(ExitCode.HEALTHY if view.healthy else ExitCode.UNHEALTHY)


def executions(context: typer.Context, platform: PlatformName = None) -> None:
    """List the runbook executions of a platform, newest first."""
    session = session_of(context)

    async def read(connected: Connected) -> ExecutionsView:
        name = (await lookups.find_platform(connected, platform)).metadata.name
        return build_executions_view(name, await lookups.list_executions(connected, name), session.now)

    session.show(session.run(read), render_executions)


def explain_scale(context: typer.Context, worker: WorkerName = None, platform: PlatformName = None) -> None:
    """Explain the number of workers with the calculation behind it, and draw the last changes.

    Give only the name of a platform to explain all its workers.
    """
    session = session_of(context)
    found, only = session.run(lambda connected: lookups.find_scaled(connected, worker, platform))
    session.show(build_explained_scale(found, session.now, only), render_explained_scale)


def explain_mode(context: typer.Context, platform: PlatformName = None) -> None:
    """Explain how feeds are served, what decided it, and which runtime policy pods follow."""
    session = session_of(context)
    snapshot = session.run(lambda connected: lookups.read_snapshot(connected, platform))
    session.show(build_explained_mode(snapshot, session.now), render_explained_mode)


def explain_runbook(context: typer.Context, execution: ExecutionName) -> None:
    """Explain one execution: trigger, findings, plan and journal."""
    session = session_of(context)
    found = session.run(lambda connected: lookups.find_execution(connected, execution))
    session.show(build_explained_execution(found, session.now), render_explained_execution)


def runbooks(context: typer.Context) -> None:
    """List the runbooks of the only platform, or check a runbook's file."""
    if context.invoked_subcommand is None:
        list_runbooks(context)


def list_runbooks(context: typer.Context, platform: PlatformName = None) -> None:
    """List the runbooks of a platform with mode, last run and remaining cooldown."""
    session = session_of(context)

    async def read(connected: Connected) -> RunbooksView:
        found = await lookups.find_platform(connected, platform)
        executions = await lookups.list_executions(connected, found.metadata.name)
        catalog = build_runbook_catalog(*await lookups.read_runbooks(connected))
        return build_runbooks_view(found, catalog, last_of_each(executions, session.now))

    session.show(session.run(read), render_runbooks)


def check_runbooks(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Manifests of kind Runbook.")],
) -> None:
    """Check runbook files before they are applied: prints file, field and reason. Needs no cluster."""
    session = session_of(context)
    view = build_checked_runbooks({str(path): _text(path) for path in files})
    session.show(view, render_checked)
    raise typer.Exit(ExitCode.UNHEALTHY if view.mistakes else ExitCode.HEALTHY)


def replay(context: typer.Context, execution: ExecutionName) -> None:
    """Repeat the decisions of an execution from their recorded inputs. Exits with 1 if any decision differs."""
    session = session_of(context)
    found = session.run(lambda connected: lookups.find_execution(connected, execution))
    view = build_replayed(found)
    session.show(view, render_replayed)
    raise typer.Exit(ExitCode.HEALTHY if view.same else ExitCode.UNHEALTHY)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise usage(f"cannot read {path}: {error}") from error
