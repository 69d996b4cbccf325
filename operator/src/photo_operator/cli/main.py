"""`photoplatform` and `kubectl photoplatform`: the list of commands, and the options that all of them share."""

from typing import Annotated

import typer

from photo_core.clock import SystemClock
from photo_core.version import print_version
from photo_operator.cli import read_commands, write_commands
from photo_operator.cli.completion import HOME_CONFIG
from photo_operator.cli.connection import ClusterTarget, connect
from photo_operator.cli.group import SharedOptionsGroup
from photo_operator.cli.session import Output, Session, Tools

EPILOG = "Exit codes: 0 healthy or done, 1 not healthy, 2 usage error, 3 the cluster does not answer."
app = typer.Typer(cls=SharedOptionsGroup, no_args_is_help=True, pretty_exceptions_enable=False, epilog=EPILOG)
explain = typer.Typer(no_args_is_help=True)
runbooks = typer.Typer(invoke_without_command=True)


@app.callback()
def root(
    context: typer.Context,
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="Namespace of the platform.")] = None,
    kube_context: Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig.")] = None,
    kubeconfig: Annotated[str, typer.Option(envvar="KUBECONFIG", help="As in kubectl.")] = HOME_CONFIG,
    output: Annotated[Output, typer.Option("--output", "-o", help="Text for people, JSON for programs.")] = Output.TEXT,
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Inspect and operate PhotoPlatforms. These options are accepted in any position."""
    tools = context.obj or Tools(connect, SystemClock())
    context.obj = Session(tools, ClusterTarget(kubeconfig, kube_context, namespace), output)


app.command()(read_commands.status)
app.add_typer(explain, name="explain", help="Explain the number of workers, the feed mode, or an execution.")
explain.command("scale")(read_commands.explain_scale)
explain.command("mode")(read_commands.explain_mode)
explain.command("runbook")(read_commands.explain_runbook)
app.command()(read_commands.executions)
app.add_typer(runbooks, name="runbooks", help="List the runbooks of a platform, or check a runbook's file.")
runbooks.callback()(read_commands.runbooks)
runbooks.command("list")(read_commands.list_runbooks)
runbooks.command("check")(read_commands.check_runbooks)
app.command()(read_commands.replay)
app.command()(write_commands.approve)
app.command()(write_commands.drill)
app.command()(write_commands.pause)
app.command()(write_commands.resume)


def main() -> None:
    """Run the command line."""
    app()
