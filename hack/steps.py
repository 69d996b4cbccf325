"""Steps that print their elapsed time, and errors that name the failed step, the reason and the log to read.

Used by everything in `hack/` that takes longer than a second. `hack.__main__` prints a StepError and ends the process.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hack.commands import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_STARTED = time.monotonic()
_POLL_SECONDS = 0.1
_LONG_SECONDS = 1.0


class StepError(Exception):
    """A step failed. `log` is the file to read, if there is one."""

    def __init__(self, title: str, reason: str, log: Path | None = None) -> None:
        super().__init__(f"{title}: {reason}")
        self.title = title
        self.reason = reason
        self.log = log


def report(text: str) -> None:
    """Print one line, with the seconds since the start of the process."""
    print(f"[{time.monotonic() - _STARTED:.1f}s] {text}", flush=True)


@contextmanager
def step(title: str, log: Path | None = None) -> Iterator[None]:
    """Print the step, run the block, and turn its failure into a StepError that names the innermost step."""
    report(title)
    began = time.monotonic()
    try:
        yield
    except CommandError as error:
        raise StepError(title, str(error), error.log or log) from error
    except (OSError, TimeoutError) as error:
        raise StepError(title, f"{type(error).__name__}: {error}", log) from error
    took = time.monotonic() - began
    if took >= _LONG_SECONDS:
        report(f"{title}: done in {took:.1f}s")


def wait_until(met: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll `met` until it is true; raise TimeoutError with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(_POLL_SECONDS)
