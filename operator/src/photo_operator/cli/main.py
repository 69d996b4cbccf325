"""`photoplatform` and `kubectl photoplatform`: the commands. Each asks through the session, builds a view, shows it."""

from typing import Annotated

import typer

from photo_core.clock import SystemClock
from photo_operator.cli import lookups
from photo_operator.cli.connection import Connected, Target, connect
from photo_operator.cli.errors import ExitCode
from photo_operator.cli.group import SharedOptionsGroup
from photo_operator.cli.render.executions import render_executions, render_explained_execution
from photo_operator.cli.render.status import render_status
from photo_operator.cli.session import Output, Session, Tools, session_of
from photo_operator.cli.views.executions import ExecutionsView, build_executions_view, build_explained_execution
from photo_operator.cli.views.status import build_status_view

EPILOG = "Exit codes: 0 healthy or done, 1 not healthy, 2 wrong use, 3 the cluster does not answer."
app = typer.Typer(cls=SharedOptionsGroup, no_args_is_help=True, pretty_exceptions_enable=False, epilog=EPILOG)
explain = typer.Typer(no_args_is_help=True, help="Say why: numbers of workers, the mode of feeds, one execution.")
app.add_typer(explain, name="explain")
PlatformName = Annotated[str | None, typer.Argument(metavar="[PLATFORM]", help="Default: the only one.")]
ExecutionName = Annotated[str, typer.Argument(metavar="EXECUTION", help="Name of a RunbookExecution.")]


@app.callback()
def root(
    context: typer.Context,
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="Namespace of the platform.")] = None,
    kube_context: Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig.")] = None,
    kubeconfig: Annotated[
        str, typer.Option(envvar="KUBECONFIG", help="Files, as kubectl takes them.")
    ] = "~/.kube/config",
    output: Annotated[Output, typer.Option("--output", "-o", help="For people, or for programs.")] = Output.TEXT,
) -> None:
    """Ask a PhotoPlatform whether it is healthy, what it is doing, and why. These options may stand anywhere."""
    tools = context.obj or Tools(connect, SystemClock())
    context.obj = Session(tools, Target(kubeconfig, kube_context, namespace), output)


@app.command()
def status(context: typer.Context, platform: PlatformName = None) -> None:
    """One screen: is it healthy, what is it doing, why. Exits with 1 when it is not healthy."""
    session = session_of(context)
    picture = session.ask(lambda connected: lookups.read_picture(connected, platform))
    view = build_status_view(picture, session.now)
    session.show(view, render_status)
    raise typer.Exit(ExitCode.HEALTHY if view.healthy else ExitCode.UNHEALTHY)


@app.command()
def executions(context: typer.Context, platform: PlatformName = None) -> None:
    """List the incidents of a platform: what was triggered, mitigated, recovered."""
    session = session_of(context)

    async def read(connected: Connected) -> ExecutionsView:
        name = (await lookups.find_platform(connected, platform)).metadata.name
        return build_executions_view(name, await lookups.list_executions(connected, name), session.now)

    session.show(session.ask(read), render_executions)


@explain.command("runbook")
def explain_runbook(context: typer.Context, execution: ExecutionName) -> None:
    """Tell the story of one execution: trigger, findings, plan, journal."""
    session = session_of(context)
    found = session.ask(lambda connected: lookups.find_execution(connected, execution))
    session.show(build_explained_execution(found, session.now), render_explained_execution)


def main() -> None:
    """Run the command line."""
    app()
