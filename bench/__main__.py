"""`python -m bench`: runs benchmarks, prints a table and draws charts. Called by `make bench-feed` and `make bench`."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from bench import pictures, report
from bench.feed import run as feed_run
from bench.feed.catalog import FIGURES
from bench.feed.scales import FULL, QUICK
from bench.operator import run as operator_run
from bench.scaling.command import scaling
from hack import paths
from hack.steps import StepError
from photo_core.version import print_version

RESULTS = paths.LOCAL / "bench"
PICTURES = paths.ROOT / "docs" / "images"
PAGE = paths.ROOT / "docs" / "explanation" / "benchmarks.md"
app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="PhotoPlatform's benchmarks."
)
Only = Annotated[list[str] | None, typer.Option(help="A figure; may be given several times. All without it.")]
Platforms = Annotated[list[int] | None, typer.Option(help="How many; may be given several times.")]
Quick = Annotated[bool, typer.Option("--quick", help="Under three minutes, on less data.")]
Results = Annotated[Path, typer.Option(help="The folder for feed.md, feed.json and the pictures.")]


@app.callback()
def benchmarks(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Measure one area."""


@app.command()
def feed(*, only: Only = None, quick: Quick = False, results: Results = RESULTS) -> None:
    """Compare the feed engine with its peers."""
    figures = [figure for figure in FIGURES if only is None or figure.name in only]
    unknown = set(only or ()) - {figure.name for figure in FIGURES}
    if unknown:
        raise typer.BadParameter(f"no figure is called {', '.join(sorted(unknown))}")
    feed_run.prepare(figures)
    done = feed_run.run(figures, QUICK if quick else FULL)
    report.save(done, results)
    pictures.draw(done, results)
    report.show(done)
    raise typer.Exit(1 if done.failures else 0)


@app.command()
def operator(*, platforms: Platforms = None) -> None:
    """Measure the operator with one and with many platforms."""
    typer.echo(operator_run.run(platforms or operator_run.PLATFORMS))


app.command()(scaling)


@app.command()
def publish(results: Results = RESULTS) -> None:
    """Copy the table and the charts of a run into the documentation."""
    done = report.read(results)
    for path in pictures.draw(done, PICTURES):
        typer.echo(path.relative_to(paths.ROOT))
    PAGE.write_text(report.with_table(PAGE.read_text(), report.build_markdown(done)))


def main() -> None:
    """Run the command; a failed step prints its name and the reason."""
    signal.signal(signal.SIGTERM, _end)
    try:
        app()
    except StepError as error:
        sys.stderr.write(f"FAILED: {error.title}\nreason: {error.reason}\n")
        sys.exit(1)


def _end(*_: object) -> None:
    """Exit in a way that ends all child processes."""
    sys.exit(1)


if __name__ == "__main__":
    main()
