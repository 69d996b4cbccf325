"""`python -m hack cluster ...`: the cluster alone, without the platform."""

from __future__ import annotations

import typer

from hack.cluster.cluster import choose
from hack.steps import report

app = typer.Typer(no_args_is_help=True, help="The Kubernetes cluster: kind, or a node from packages.")


@app.command()
def up() -> None:
    """Create or restart the cluster; changes nothing if it runs."""
    choose().up()
    report("the cluster is up")


@app.command()
def down() -> None:
    """Remove the cluster, its data and everything that it changed on this machine."""
    choose().down()
    report("the cluster is removed")


@app.command()
def status() -> None:
    """Print the parts of the cluster and their state."""
    for name, state in choose().status().items():
        print(f"{name:28}{state}")
