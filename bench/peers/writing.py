"""Shared by all Python writers: reading the workload, measuring time, and printing the result.

Called by `bench.peers.redis_py_writer` and by the platform's own `bench.feed.writer`. Each is a separate process, so
that its CPU time can be measured. Reading and parsing before the start are not counted.
"""

import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.workloads.deliveries import Delivery, load


class Written(Struct, frozen=True):
    """Result of a writer: deliveries, elapsed time and CPU time in seconds."""

    deliveries: int
    seconds: float
    cpu_seconds: float


def workload(path: str) -> list[Delivery]:
    """Read the deliveries of a workload."""
    return load(Path(path))


def report(deliveries: int, began: tuple[float, float]) -> None:
    """Print the result since `began`."""
    seconds, cpu = stopwatch()
    done = Written(deliveries, seconds - began[0], cpu - began[1])
    sys.stdout.write(msgspec.json.encode(done).decode() + "\n")


def stopwatch() -> tuple[float, float]:
    """Return the monotonic time, and the CPU time of all threads of this process."""
    return time.monotonic(), time.process_time()


async def timed(write: Callable[[], Awaitable[int]]) -> None:
    """Run a writer, which returns its number of deliveries, and report the result."""
    began = stopwatch()
    report(await write(), began)
