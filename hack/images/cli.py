"""`python -m hack images ...`: builds and lists the images, without the platform."""

from __future__ import annotations

import typer

from hack.cluster.cluster import choose
from hack.images import catalog
from hack.images.build import ensure_images
from hack.steps import report

app = typer.Typer(no_args_is_help=True, help="The container images of the engines and of the platform.")


@app.command()
def build() -> None:
    """Build the images that the running cluster lacks, and load them."""
    cluster = choose()
    ensure_images(cluster.builder, cluster)
    report("the cluster has every image")


@app.command("list")
def list_images() -> None:
    """Print the full name of every image for the current state of the clone."""
    for key, name in catalog.image_names().items():
        print(f"{key:24}{name}")
