"""Shell completion of names, read from the cluster that the command line names so far. Used by `arguments`.

Without an answer from the cluster nothing is completed and no error is printed. Worker names need no cluster.
"""

from collections.abc import Awaitable, Callable

import typer

from photo_core.clock import SystemClock
from photo_operator.cli.connection import ClusterTarget, Connected, connect
from photo_operator.cli.errors import CliError
from photo_operator.cli.lookups import SCALED_BY_NAME, name_of, newest_first, read_runbooks
from photo_operator.cli.runbook_catalog import build_runbook_catalog
from photo_operator.cli.session import Output, Session, Tools
from photo_operator.cluster.kinds import Kind

HOME_CONFIG = "~/.kube/config"
Names = Callable[[Connected], Awaitable[list[str]]]


async def _platforms(connected: Connected) -> list[str]:
    return [name_of(found) for found in await connected.cluster.list(Kind.PLATFORM, connected.namespace)]


async def _executions(connected: Connected) -> list[str]:
    found = await connected.cluster.list(Kind.EXECUTION, connected.namespace)
    return [name_of(execution) for execution in newest_first(found)]


async def _alerts(connected: Connected) -> list[str]:
    return sorted(build_runbook_catalog(*await read_runbooks(connected)).runbooks)


def _session(context: typer.Context) -> Session:
    """Return a session for the options typed so far; the root command does not run during completion."""
    root = context.find_root()
    said = root.params
    target = ClusterTarget(said.get("kubeconfig") or HOME_CONFIG, said.get("kube_context"), said.get("namespace"))
    return Session(root.obj or Tools(connect, SystemClock()), target, Output.TEXT)


def complete_platform(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return names of platforms."""
    return _starting(ctx, incomplete, _platforms)


def complete_worker(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return names of scaled workers, then of platforms, which are accepted instead."""
    return [*(name for name in SCALED_BY_NAME if name.startswith(incomplete)), *complete_platform(ctx, incomplete)]


def complete_execution(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return names of executions, newest first."""
    return _starting(ctx, incomplete, _executions)


def complete_alert(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return alerts that have a runbook."""
    return _starting(ctx, incomplete, _alerts)


def _starting(context: typer.Context, incomplete: str, names: Names) -> list[str]:
    try:
        known = _session(context).run(names)
    except CliError:
        return []
    return [name for name in known if name.startswith(incomplete)]
