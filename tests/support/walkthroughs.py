"""How-to pages whose steps a test follows: the files that a page shows, applied to a copy of the repository.

A page shows a file as a line with its path, `` `path`: ``, and a fenced block. A block of another language than `diff`
is the whole file. A `diff` has hunks, parted by a line `@@`, without line numbers: the lines that it keeps and removes
must stand exactly once in the file.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

BIN = Path(sys.executable).parent
MEMBERS = ("core", "app", "workers", "operator")
BLOCK = re.compile(r"^`(?P<path>[^`\n]+)`:\n\n```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class ShownFile(Struct, frozen=True):
    """A file as a page shows it."""

    path: str
    language: str
    text: str


class Misfit(Exception):
    """A page does not fit the repository any more."""


def shown_files(page: str) -> tuple[ShownFile, ...]:
    """Return the files that a page shows, in its order."""
    return tuple(ShownFile(found["path"], found["language"], found["text"]) for found in BLOCK.finditer(page))


def copy_repository(root: Path, to: Path) -> None:
    """Copy what git tracks, and new files that it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if os.path.lexists(root / name):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, to / name, follow_symlinks=False)


def apply_shown(files: tuple[ShownFile, ...], to: Path) -> None:
    """Write the files into a copy of the repository.

    Raises:
        Misfit: a new file exists already, or a hunk of a diff does not fit exactly once.
    """
    for shown in files:
        path = to / shown.path
        if shown.language == "diff":
            path.write_text(patched(path.read_text(), shown))
        elif path.exists():
            raise Misfit(f"{shown.path} exists already")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(shown.text)


def run_tool(command: list[str], folder: Path) -> None:
    """Run a tool of this environment on the sources of a copy; an AssertionError holds what it printed."""
    sources = os.pathsep.join(str(folder / member / "src") for member in MEMBERS)
    program, *arguments = command
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=folder,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "PYTHONPATH": sources},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def patched(text: str, shown: ShownFile) -> str:
    """Return a file's text with a diff applied.

    Raises:
        Misfit: a hunk does not fit exactly once.
    """
    for hunk in re.split(r"^@@\n", shown.text, flags=re.MULTILINE):
        before, after = _sides(hunk)
        if text.count(before) != 1:
            raise Misfit(f"{shown.path} has these lines {text.count(before)} times:\n{before}")
        text = text.replace(before, after)
    return text


def _sides(hunk: str) -> tuple[str, str]:
    lines = hunk.splitlines(keepends=True)
    before = "".join(line[1:] or line for line in lines if not line.startswith("+"))
    after = "".join(line[1:] or line for line in lines if not line.startswith("-"))
    return before, after
