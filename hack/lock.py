"""Machine-wide file locks, so that two runs never interleave.

`node` holds one during up and down, the buildah wrapper another one during its commands. The kernel releases a lock
when its holder ends, so no lock is ever stale.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hack.steps import report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock at `path` exclusively; wait for other holders first, and remove the file at the end."""
    handle = _acquire(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock at `path` together with other shared holders; wait for an exclusive holder first."""
    handle = _acquire(path, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(handle)


def _acquire(path: Path, kind: int) -> int:
    """Repeat until the locked file is the one at `path`: the previous holder may have removed it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"wait for another run that holds {path}")
            fcntl.flock(handle, kind)
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
        os.close(handle)
