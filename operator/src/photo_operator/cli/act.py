"""The commands that change something, and ask first. The effects are those of `writes`. Listed by `main`."""

from typing import Annotated

import typer

from photo_operator.cli import lookups, writes
from photo_operator.cli.connection import Connected
from photo_operator.cli.errors import usage
from photo_operator.cli.render.acts import render_done, render_pause
from photo_operator.cli.render.executions import render_explained_execution
from photo_operator.cli.render.runbooks import render_runbook_steps
from photo_operator.cli.session import Output, session_of
from photo_operator.cli.shelf import Shelf, build_shelf
from photo_operator.cli.views.acts import DoneView, PauseView, add_reason, build_pause_view, drop_reason
from photo_operator.cli.views.executions import LOOK, build_explained_execution
from photo_operator.cli.words import Alert, ExecutionName, PlatformName, Yes
from photo_operator.crds.execution import Phase
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.crds.runbook import Runbook


def approve(context: typer.Context, execution: ExecutionName, *, yes: Yes = False) -> None:
    """Show the plan of an execution that waits, with its hash, and approve exactly that plan."""
    session = session_of(context)
    found = session.ask(lambda connected: lookups.find_execution(connected, execution))
    _refuse_unless_waiting(found)
    if session.output is Output.TEXT:
        session.show(build_explained_execution(found, session.now), render_explained_execution)
    _confirm(f"Approve plan {found['status']['plan']['hash']}?", yes=yes)
    name = session.ask(lambda connected: writes.approve(connected, found))
    look = LOOK.format(namespace=found["metadata"]["namespace"], name=execution)
    session.show(DoneView(kind="RunbookApproval", name=name, next_step=look), render_done)


def _refuse_unless_waiting(execution: Manifest) -> None:
    phase = execution.get("status", {}).get("phase")
    if phase != Phase.AWAITING_APPROVAL:
        name, waits = lookups.name_of(execution), Phase.AWAITING_APPROVAL
        raise usage(f"{name} is {phase or 'new'}: only what is {waits} can be approved")


def _confirm(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)


def pause(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Who pauses it, and why.")],
    platform: PlatformName = None,
) -> None:
    """Have the operator write nothing but status, until `resume`: children, scaling and runbooks hold still."""
    session = session_of(context)

    async def write(connected: Connected) -> PauseView:
        found = await lookups.find_platform(connected, platform)
        return await _set(connected, found, add_reason(found.spec.pause_requests, reason))

    session.show(session.ask(write), render_pause)


def resume(
    context: typer.Context,
    platform: PlatformName = None,
    reason: Annotated[str | None, typer.Option("--reason", "-r", help="Take back this one alone.")] = None,
) -> None:
    """Take back the pause requests of a platform, or one of them."""
    session = session_of(context)

    async def write(connected: Connected) -> PauseView:
        found = await lookups.find_platform(connected, platform)
        _refuse_unknown(found, reason)
        return await _set(connected, found, drop_reason(found.spec.pause_requests, reason))

    session.show(session.ask(write), render_pause)


def _refuse_unknown(platform: Platform, reason: str | None) -> None:
    known = [request.reason for request in platform.spec.pause_requests]
    if reason is not None and reason not in known:
        raise usage(f"{platform.metadata.name} is not paused for that reason: {lookups.suggest(reason, known)}")


async def _set(connected: Connected, platform: Platform, reasons: tuple[str, ...]) -> PauseView:
    view = build_pause_view(platform, reasons)
    if view.changed:
        await writes.set_pause(connected, platform, reasons)
    return view


def drill(
    context: typer.Context,
    alert: Alert,
    platform: PlatformName = None,
    *,
    yes: Yes = False,
) -> None:
    """Run a runbook as if its alert had come: diagnosis, guards and mode hold as in an incident."""
    session = session_of(context)

    async def read(connected: Connected) -> tuple[Platform, Shelf]:
        found = await lookups.find_platform(connected, platform)
        return found, build_shelf(*await lookups.read_runbooks(connected))

    found, shelf = session.ask(read)
    runbook = _runbook(shelf, alert)
    if session.output is Output.TEXT:
        session.show(runbook, render_runbook_steps)
    mode = found.spec.remediation.mode_of(alert).value
    _confirm(f"Run {alert} for {found.metadata.namespace}/{found.metadata.name}, mode {mode}?", yes=yes)
    name = session.ask(lambda connected: writes.drill(connected, found, alert, session.now))
    look = LOOK.format(namespace=found.metadata.namespace, name=name)
    session.show(DoneView(kind="RunbookExecution", name=name, next_step=look), render_done)


def _runbook(shelf: Shelf, alert: str) -> Runbook:
    if alert not in shelf.runbooks:
        raise usage(f"there is no runbook {alert}: {lookups.suggest(alert, sorted(shelf.runbooks))}")
    return shelf.runbooks[alert]
