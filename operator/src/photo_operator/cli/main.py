"""`photoplatform` and `kubectl photoplatform`: the list of commands, and the options that all of them share."""

from typing import Annotated

import typer

from photo_core.clock import SystemClock
from photo_operator.cli import act, ask
from photo_operator.cli.completion import HOME_CONFIG
from photo_operator.cli.connection import Target, connect
from photo_operator.cli.group import SharedOptionsGroup
from photo_operator.cli.session import Output, Session, Tools

EPILOG = "Exit codes: 0 healthy or done, 1 not healthy, 2 wrong use, 3 the cluster does not answer."
app = typer.Typer(cls=SharedOptionsGroup, no_args_is_help=True, pretty_exceptions_enable=False, epilog=EPILOG)
explain = typer.Typer(no_args_is_help=True)
runbooks = typer.Typer(invoke_without_command=True)


@app.callback()
def root(
    context: typer.Context,
    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="Namespace of the platform.")] = None,
    kube_context: Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig.")] = None,
    kubeconfig: Annotated[str, typer.Option(envvar="KUBECONFIG", help="As kubectl takes it.")] = HOME_CONFIG,
    output: Annotated[Output, typer.Option("--output", "-o", help="For people, or for programs.")] = Output.TEXT,
) -> None:
    """Ask a PhotoPlatform whether it is healthy, what it is doing, and why. These options may stand anywhere."""
    tools = context.obj or Tools(connect, SystemClock())
    context.obj = Session(tools, Target(kubeconfig, kube_context, namespace), output)


app.command()(ask.status)
app.add_typer(explain, name="explain", help="Say why: the number of workers, the mode of feeds, one execution.")
explain.command("scale")(ask.explain_scale)
explain.command("mode")(ask.explain_mode)
explain.command("runbook")(ask.explain_runbook)
app.command()(ask.executions)
app.add_typer(runbooks, name="runbooks", help="List what may run, or check a runbook's file.")
runbooks.callback()(ask.runbooks)
runbooks.command("list")(ask.list_runbooks)
runbooks.command("check")(ask.check_runbooks)
app.command()(ask.replay)
app.command()(act.approve)
app.command()(act.drill)
app.command()(act.pause)
app.command()(act.resume)


def main() -> None:
    """Run the command line."""
    app()
