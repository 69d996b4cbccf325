"""Printing: colours and symbols in a terminal, plain text in a pipe, JSON for programs."""

import sys
from collections.abc import Iterable, Sequence
from io import StringIO

import msgspec
from msgspec import Struct
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

Lines = Iterable[RenderableType]
WIDE = 10_000  # a pipe has no width
GOOD, BAD, BUSY, QUIET, HEAD = "green", "bold red", "yellow", "dim", "bold"


def print_lines(lines: Lines) -> None:
    """Print for people: as wide as the terminal, or plain and unlimited."""
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(*lines, sep="\n")
    else:
        sys.stdout.write(plain(lines))


def plain(lines: Lines) -> str:
    """Return lines without colours and without blanks at their ends."""
    console = Console(file=StringIO(), width=WIDE, highlight=False)
    with console.capture() as capture:
        console.print(*lines, sep="\n")
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def print_json(view: Struct) -> None:
    """Print for programs: camelCase, as docs/reference/cli.md lists it."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(view), indent=2).decode() + "\n")


def table(head: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Return a table without borders; the last column takes the remaining width."""
    built = Table(box=None, pad_edge=False, header_style=HEAD, padding=(0, 2, 0, 0))
    for name in head[:-1]:
        built.add_column(name, no_wrap=True)
    built.add_column(head[-1], overflow="fold")
    for row in rows:
        built.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return built


def facts(rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Return a table of names and values."""
    built = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    built.add_column(style=HEAD, no_wrap=True)
    built.add_column(overflow="fold")
    for name, said in rows:
        built.add_row(name, Text(said) if isinstance(said, str) else said)
    return built


def mark(good: bool | None, words: str) -> Text:  # noqa: FBT001 - the flag is what is shown
    """Return text with a symbol of its state, readable without colours."""
    sign, style = {True: ("✓", GOOD), False: ("✗", BAD), None: ("•", BUSY)}[good]
    return Text(f"{sign} {words}", style)


def heading(words: str) -> Text:
    """Return the head of a section."""
    return Text(f"\n{words}", HEAD)
