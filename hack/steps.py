"""Steps with elapsed time, and failures that name the step, the reason and the log to read.

Used by everything under `hack/` that takes longer than a second. It starts nothing itself; `hack.__main__` prints
a StepError and ends the process.
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
    """A step failed: `title` says which, `reason` why, `log` (if any) what to read."""

    def __init__(self, title: str, reason: str, log: Path | None = None) -> None:
        super().__init__(f"{title}: {reason}")
        self.title = title
        self.reason = reason
        self.log = log


def report(text: str) -> None:
    """Print one line with the seconds since this process began."""
    print(f"[{time.monotonic() - _STARTED:.1f}s] {text}", flush=True)


@contextmanager
def step(title: str, log: Path | None = None) -> Iterator[None]:
    """Print the step, run the block, and turn its failure into a StepError; the innermost step is the one named."""
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
    """Poll `met` until it holds; TimeoutError after `seconds`, in which `what` says what was waited for."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not so after {seconds:.0f} s")
        time.sleep(_POLL_SECONDS)
