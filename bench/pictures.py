"""Draws a bar chart (SVG) for each figure, which compares the platform with its peers.

Called at the end of a run and by `python -m bench publish`; reads only the lines of a run. The bars of one chart have
the same unit, and its scale begins at zero.
"""

from collections.abc import Sequence
from os.path import commonprefix
from pathlib import Path

import leather
from msgspec import Struct

from bench.model import Better, Line
from bench.report import Run, number

WIDTH, BAR_HEIGHT, FRAME_HEIGHT = 1000, 30, 130
OURS = "the platform"
BLUE, GREY = "#1769aa", "#b8b8b8"
WHITE, DARK = "#ffffff", "#333333"


class Bar(Struct, frozen=True):
    """One bar: its label, its length and its owner."""

    label: str
    value: float
    colour: str


class Picture(Struct, frozen=True):
    """One chart, and the lines that it shows, selected by the beginning of their text."""

    name: str
    title: str
    figure: str
    beginnings: tuple[str, ...]


PICTURES: tuple[Picture, ...] = (
    Picture("deliveries", "CPU-seconds a million deliveries, client and Redis", "deliveries", ("client and Redis",)),
    Picture("bytes", "Bytes a feed entry takes in Redis", "bytes", ("a feed entry",)),
    Picture("pipeline", "Milliseconds from a post to the last of its followers", "pipeline", ("post to",)),
    Picture("pages", "Feed pages of 20 a CPU-second of the API", "pages", ("pages of 20",)),
    Picture("pages-latency", "Milliseconds for a feed page, p99 at 60 % of saturation", "pages", ("p99",)),
    Picture("pull", "Milliseconds for a page of 200 followees by pull, p99", "pull", ("page of",)),
    Picture("pull-cassandra", "Milliseconds of Cassandra's CPU for such a page", "pull", ("Cassandra",)),
    Picture("celebrity", "Milliseconds for others' pages while a celebrity posts", "celebrity", ("p50", "p99")),
    Picture("frenzy", "A day's work, in deliveries' worth", "frenzy", ("a day",)),
    Picture("rebuild", "Seconds after a loss of Redis", "rebuild", ("time", "the worker")),
)


def draw(run: Run, folder: Path) -> list[Path]:
    """Write a chart for each figure of the run, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for picture in PICTURES:
        lines = [line for line in run.lines if is_shown(picture, line)]
        if lines:
            path = folder / f"bench-{picture.name}.svg"
            path.write_text(build_svg(picture, lines))
            drawn.append(path)
    return drawn


def is_shown(picture: Picture, line: Line) -> bool:
    """Return whether a chart shows a line."""
    return line.figure == picture.figure and line.what.startswith(picture.beginnings)


def build_bars(lines: Sequence[Line]) -> list[Bar]:
    """Return the bars from the top: ours once, even if several lines repeat it, then each peer."""
    bars: list[Bar] = []
    common = _common({line.what for line in lines})
    for line in lines:
        told = f"{line.what.removeprefix(common)}: " if line.what != common else ""
        own = Bar(f"{told}{OURS} {number(line.ours)}", line.ours, BLUE)
        if own not in bars:
            bars.append(own)
        if line.peer is not None:
            bars.append(Bar(f"{told}{line.peer_name} {number(line.peer)}", line.peer, GREY))
    return bars


def _common(texts: set[str]) -> str:
    """Return the common beginning of all texts, up to a comma; of a single text the whole."""
    if len(texts) == 1:
        return next(iter(texts))
    beginning = commonprefix(sorted(texts))
    return beginning[: beginning.rfind(", ") + 2] if ", " in beginning else ""


def build_svg(picture: Picture, lines: Sequence[Line]) -> str:
    """Return the chart; the first bar is at the top."""
    bars = build_bars(lines)
    colours = {bar.label: bar.colour for bar in bars}
    better = "more is better" if lines[0].better is Better.MORE else "less is better"
    leather.theme.background_color = WHITE
    leather.theme.label_color = DARK
    chart = leather.Chart(f"{picture.title} ({better})")
    chart.add_bars([(bar.value, bar.label) for bar in bars], fill_color=lambda row: colours[row.y])
    svg: str = chart.to_svg(width=WIDTH, height=FRAME_HEIGHT + BAR_HEIGHT * len(bars))
    return f"{svg}\n"
