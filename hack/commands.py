"""Runs programs and returns their output. Used by all of `hack/`; prints nothing."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TAIL_LINES = 15


class CommandError(Exception):
    """A program failed; the text has its exit code and the end of its output."""

    def __init__(self, argv: Sequence[str], code: int, output: str, log: Path | None) -> None:
        tail = "\n".join(output.strip().splitlines()[-_TAIL_LINES:])
        super().__init__(f"`{shlex.join(argv)}` failed with exit code {code}\n{tail}")
        self.log = log


def with_environment(variables: Mapping[str, str], argv: Sequence[str | Path]) -> list[str]:
    """Return a command that runs `argv` with `variables` added to the environment."""
    return ["env", *(f"{name}={value}" for name, value in variables.items()), *(str(word) for word in argv)]


def run(argv: Sequence[str | Path], log: Path | None = None, stdin: str | None = None) -> str:
    """Run `argv` and return its standard output, or raise CommandError. Write all output to `log`, if given."""
    words = [str(word) for word in argv]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        raise CommandError(words, done.returncode, done.stdout + done.stderr, log)
    return done.stdout


def succeeds(argv: Sequence[str | Path]) -> bool:
    """Return whether `argv` exists and succeeds; its output is discarded."""
    try:
        done = subprocess.run([str(word) for word in argv], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0
