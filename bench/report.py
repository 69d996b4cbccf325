"""Writes the table of results for the terminal, as Markdown and as JSON. Called at the end of a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from bench.model import Line, is_met, target_text, times_better

HEADINGS = ("figure", "what", "ours", "peer", "times better", "target", "met")
VERDICTS: Mapping[bool | None, str] = {True: "yes", False: "NO", None: "-"}
JSON_FILE = "feed.json"
MARKDOWN_FILE = "feed.md"
BEGIN, END = "<!-- table -->", "<!-- end of the table -->"


class Run(Struct, frozen=True):
    """A whole run: the machine, the duration, the lines, and the figures that failed with the reason."""

    machine: str
    scale: str
    began_at: str
    seconds: float
    lines: tuple[Line, ...]
    failures: tuple[str, ...] = ()


def number(value: float | None) -> str:
    """Return a value with three significant digits."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cells(line: Line) -> tuple[str, ...]:
    """Return the cells of a line, in the order of HEADINGS."""
    times = times_better(line)
    peer = number(line.peer) + (f" ({line.peer_name})" if line.peer_name else "")
    return (
        line.figure,
        line.what,
        f"{number(line.ours)} {line.unit}",
        peer,
        "-" if times is None else f"{number(times)}x",
        target_text(line),
        VERDICTS[is_met(line)],
    )


def build_markdown(run: Run) -> str:
    """Return the table and the machine that it was measured on."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *map(cells, run.lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    failed = "".join(f"\nFAILED {failure}\n" for failure in run.failures)
    return f"{run.began_at}, {run.machine}, {run.scale}, {run.seconds:.0f} s.\n\n{table}\n{failed}"


def with_table(page: str, table: str) -> str:
    """Return a page with the table between its markers.

    Raises:
        ValueError: the page has no markers.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n{table}{END}{after}"


def build_table(lines: Sequence[Line]) -> Table:
    """Return the table for a terminal; missed targets are red."""
    table = Table(*HEADINGS, title="feed engine", show_lines=False)
    for line in lines:
        table.add_row(*cells(line), style="red" if is_met(line) is False else None)
    return table


def show(run: Run) -> None:
    """Print the table."""
    console = Console(width=200)
    console.print(build_table(run.lines))
    missed = sum(is_met(line) is False for line in run.lines)
    console.print(f"{run.machine}, {run.scale}, {run.seconds:.0f} s; targets missed: {missed}")
    for failure in run.failures:
        console.print(f"FAILED {failure}", style="red")


def save(run: Run, folder: Path) -> None:
    """Write the table as Markdown and JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKDOWN_FILE).write_text(build_markdown(run))
    (folder / JSON_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")


def read(folder: Path) -> Run:
    """Read a saved run, to draw its charts."""
    return msgspec.json.decode((folder / JSON_FILE).read_bytes(), type=Run)
