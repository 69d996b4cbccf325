"""The commands that change the cluster, after a confirmation. `writes` makes the changes. Listed by `main`."""

from typing import Annotated

import typer

from photo_operator.cli import lookups, writes
from photo_operator.cli.arguments import Alert, ExecutionName, PlatformName, Yes
from photo_operator.cli.connection import Connected
from photo_operator.cli.errors import usage
from photo_operator.cli.render.changes import render_done, render_pause
from photo_operator.cli.render.executions import render_explained_execution
from photo_operator.cli.render.runbooks import render_runbook_steps
from photo_operator.cli.runbook_catalog import RunbookCatalog, build_runbook_catalog
from photo_operator.cli.session import Output, session_of
from photo_operator.cli.views.changes import DoneView, PauseView, add_reason, build_pause_view, drop_reason
from photo_operator.cli.views.executions import LOOK, build_explained_execution
from photo_operator.crds.execution import Phase
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.crds.runbook import Runbook


def approve(context: typer.Context, execution: ExecutionName, *, yes: Yes = False) -> None:
    """Show the plan of a waiting execution with its hash, and approve exactly that plan."""
    session = session_of(context)
    found = session.run(lambda connected: lookups.find_execution(connected, execution))
    _refuse_unless_waiting(found)
    if session.output is Output.TEXT:
        session.show(build_explained_execution(found, session.now), render_explained_execution)
    _confirm(f"Approve plan {found['status']['plan']['hash']}?", yes=yes)
    name = session.run(lambda connected: writes.approve(connected, found))
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
    reason: Annotated[str, typer.Option("--reason", "-r", help="Who pauses the platform, and why.")],
    platform: PlatformName = None,
) -> None:
    """Pause a platform until `resume`: the operator writes only its status; no rollouts, scaling or runbooks."""
    session = session_of(context)

    async def write(connected: Connected) -> PauseView:
        found = await lookups.find_platform(connected, platform)
        return await _set(connected, found, add_reason(found.spec.pause_requests, reason))

    session.show(session.run(write), render_pause)


def resume(
    context: typer.Context,
    platform: PlatformName = None,
    reason: Annotated[str | None, typer.Option("--reason", "-r", help="Remove only this request.")] = None,
) -> None:
    """Remove the pause requests of a platform, or one of them."""
    session = session_of(context)

    async def write(connected: Connected) -> PauseView:
        found = await lookups.find_platform(connected, platform)
        _refuse_unknown(found, reason)
        return await _set(connected, found, drop_reason(found.spec.pause_requests, reason))

    session.show(session.run(write), render_pause)


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
    """Run a runbook as if its alert had fired; diagnosis, guards and mode apply as in an incident."""
    session = session_of(context)

    async def read(connected: Connected) -> tuple[Platform, RunbookCatalog]:
        found = await lookups.find_platform(connected, platform)
        return found, build_runbook_catalog(*await lookups.read_runbooks(connected))

    found, catalog = session.run(read)
    runbook = _runbook(catalog, alert)
    if session.output is Output.TEXT:
        session.show(runbook, render_runbook_steps)
    mode = found.spec.remediation.mode_of(alert).value
    _confirm(f"Run {alert} for {found.metadata.namespace}/{found.metadata.name}, mode {mode}?", yes=yes)
    name = session.run(lambda connected: writes.drill(connected, found, alert, session.now))
    look = LOOK.format(namespace=found.metadata.namespace, name=name)
    session.show(DoneView(kind="RunbookExecution", name=name, next_step=look), render_done)


def _runbook(catalog: RunbookCatalog, alert: str) -> Runbook:
    if alert not in catalog.runbooks:
        raise usage(f"there is no runbook {alert}: {lookups.suggest(alert, sorted(catalog.runbooks))}")
    return catalog.runbooks[alert]
