"""Machine-wide locks: the node's, so that two runs never interleave, and the image store's.

Held by `node` around up and down, and by the buildah wrapper around its commands. The kernel frees a lock when its
holder dies, so it is never stale.
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
    """Hold the lock at `path` alone; waits for other holders, and removes the file at the end."""
    handle = _acquire(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock at `path` beside other shared holders; waits for an exclusive one."""
    handle = _acquire(path, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(handle)


def _acquire(path: Path, kind: int) -> int:
    """Open and lock until the locked file is the one at `path`: the holder before us may have removed it."""
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
