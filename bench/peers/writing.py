"""What every Python writer shares: its input, its clock, and the one line that it prints.

Called by `bench.peers.redis_py_writer` and by the platform's own `bench.feed.writer`, each a process of its own, so
that its CPU is its own. What is read and parsed before the clock starts is not counted.
"""

import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.workloads.deliveries import Delivery, load


class Written(Struct, frozen=True):
    """What a writer did: its wall clock and its own CPU time, in seconds."""

    deliveries: int
    seconds: float
    cpu_seconds: float


def workload(path: str) -> list[Delivery]:
    """Return what to deliver."""
    return load(Path(path))


def report(deliveries: int, began: tuple[float, float]) -> None:
    """Print what was done since `began`."""
    seconds, cpu = stopwatch()
    done = Written(deliveries, seconds - began[0], cpu - began[1])
    sys.stdout.write(msgspec.json.encode(done).decode() + "\n")


def stopwatch() -> tuple[float, float]:
    """Return the monotonic clock and this process's CPU time, all its threads."""
    return time.monotonic(), time.process_time()


async def timed(write: Callable[[], Awaitable[int]]) -> None:
    """Run a writer that returns its number of deliveries, and report."""
    began = stopwatch()
    report(await write(), began)
