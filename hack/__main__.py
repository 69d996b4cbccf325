"""`python -m hack`: the list of the developer's commands; prints the step that failed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hack import generate, workflow
from hack.cluster.cli import app as cluster
from hack.images.cli import app as images
from hack.mutate import mutate
from hack.release.command import release
from hack.steps import StepError
from photo_core.version import print_version

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(cluster, name="cluster")
app.add_typer(images, name="images")
COMMANDS = (
    workflow.up,
    workflow.down,
    workflow.check,
    workflow.test,
    workflow.drill,
    workflow.demo,
    generate.generate,
    mutate,
    release,
)
for command in COMMANDS:
    app.command()(command)


@app.callback()
def tools(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """PhotoPlatform's development tools."""


def main() -> None:
    """Run a command; print the name, the reason and the log of a failed step."""
    try:
        app()
    except StepError as error:
        print(f"FAILED: {error.title}\nreason: {error.reason}", file=sys.stderr)
        if error.log is not None:
            print(f"log:    {error.log}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
