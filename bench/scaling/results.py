"""Shows and saves a run of the scaling benchmark, in the format of the other benchmarks. Called by `command`."""

from pathlib import Path

import msgspec
from rich.console import Console

from bench.pictures import Picture, build_svg, is_shown
from bench.report import Run, build_markdown, build_table

JSON_FILE = "scaling.json"
MARKDOWN_FILE = "scaling.md"
PICTURES: tuple[Picture, ...] = (
    Picture("scaling-late", "Seconds late, named traces added up", "all named", ("some message older",)),
    Picture("scaling-workers", "Worker-seconds, named traces added up", "all named", ("workers",)),
    Picture("scaling-cost", "Worker-seconds and lateness, named traces added up", "all named", ("cost",)),
)


def save(run: Run, folder: Path) -> None:
    """Write the table as Markdown and JSON, and the charts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKDOWN_FILE).write_text(build_markdown(run))
    (folder / JSON_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    for picture in PICTURES:
        lines = [line for line in run.lines if is_shown(picture, line)]
        if lines:
            (folder / f"bench-{picture.name}.svg").write_text(build_svg(picture, lines))


def show(run: Run) -> None:
    """Print the table."""
    table = build_table(run.lines)
    table.title = "scaling by Kafka lag"
    console = Console(width=200)
    console.print(table)
    console.print(f"{run.machine}, {run.scale}, {run.seconds:.0f} s")
