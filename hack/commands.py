"""Run one program and hand back what it printed. Used by all of `hack/`; decides nothing, prints nothing."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TAIL_LINES = 15


class CommandError(Exception):
    """A program ended with another code than 0; the text holds the end of what it printed."""

    def __init__(self, argv: Sequence[str], code: int, output: str, log: Path | None) -> None:
        tail = "\n".join(output.strip().splitlines()[-_TAIL_LINES:])
        super().__init__(f"`{shlex.join(argv)}` ended with code {code}\n{tail}")
        self.log = log


def with_environment(variables: Mapping[str, str], argv: Sequence[str | Path]) -> list[str]:
    """Return `argv` with `variables` set through env(1), the rest of the environment inherited."""
    return ["env", *(f"{name}={value}" for name, value in variables.items()), *(str(word) for word in argv)]


def run(argv: Sequence[str | Path], log: Path | None = None, stdin: str | None = None) -> str:
    """Run `argv` and return its standard output, or CommandError; with `log`, all output also goes to that file."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        raise CommandError(words, done.returncode, done.stdout + done.stderr, log)
    return done.stdout


def succeeds(argv: Sequence[str | Path]) -> bool:
    """Whether `argv` exists and ends with 0; its output is dropped."""
    try:
        done = subprocess.run([str(word) for word in argv], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0
