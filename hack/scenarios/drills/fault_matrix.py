"""Injects every kind of fault into every engine, and measures requests and the time until the platform is healthy.

Run by tests/e2e as a drill. Each fault lasts some seconds; what runbooks do about it is part of the measurement.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from hack.scenarios.cluster import ENGINES, Pod
from hack.scenarios.drills.load import background_load
from hack.scenarios.drills.model import DrillContext, LoadCounts
from hack.scenarios.drills.running import is_quiet, wait_for_async

ENGINES_UNDER_TEST = ("redis", "kafka", "cassandra", "postgres", "s3")
PAUSE_SECONDS = 12.0
SUSPENDED, RUNNING = 0.8, 0.4  # seconds of a slow engine
HEALTHY_SECONDS, DELIVERED_SECONDS, READY_SECONDS = 300, 60, 120

# Faults that cannot be injected, and why; the table lists them.
NOT_INJECTED = {
    "partition": "needs a network that enforces policies; the package node has none",
    "disk full": "volumes share the machine's disk; filling it would end the node",
}


@dataclass(frozen=True)
class FaultOutcome:
    """Measurements of one fault. Times are seconds; `healthy_after` counts from its end."""

    engine: str
    kind: str
    load: LoadCounts
    healthy_after: float
    lost: int

    def row(self) -> tuple[str, ...]:
        """Return the cells of the table's row."""
        load = self.load
        counts = (load.reads, load.posts, load.refused, len(load.failed), self.lost)
        return (self.engine, self.kind, *map(str, counts), f"{self.healthy_after:.0f}")


HEAD = ("engine", "fault", "reads", "posts", "refused", "failed", "lost", "healthy after s")


async def _kill(context: DrillContext, engine: str, pods: list[Pod]) -> None:
    await asyncio.to_thread(context.signals.send, pods, signal.SIGKILL)
    await asyncio.to_thread(context.cluster.kill, ENGINES, pods)
    await asyncio.to_thread(context.cluster.wait_engine_ready, engine, len(pods), READY_SECONDS)


async def _pause(context: DrillContext, _engine: str, pods: list[Pod]) -> None:
    await asyncio.to_thread(context.signals.send, pods, signal.SIGSTOP)
    try:
        await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await asyncio.to_thread(context.signals.send, pods, signal.SIGCONT)


async def _slow(context: DrillContext, _engine: str, pods: list[Pod]) -> None:
    await asyncio.to_thread(context.signals.alternate, pods, SUSPENDED, RUNNING)


FAULT_KINDS: dict[str, Callable[[DrillContext, str, list[Pod]], Awaitable[None]]] = {
    "kill": _kill,
    "pause": _pause,
    "slow": _slow,
}


async def inject_fault(context: DrillContext, engine: str, kind: str) -> FaultOutcome:
    """Inject a fault under load, and wait until the platform is healthy and acknowledged posts are in the feeds.

    Raises:
        DeadlineExceeded: the platform did not become healthy.
    """
    await wait_for_async("the platform is healthy", lambda: is_quiet(context), HEALTHY_SECONDS)
    pods = await asyncio.to_thread(context.cluster.engine, engine)
    async with background_load(context) as load:
        await FAULT_KINDS[kind](context, engine, pods)
        ended = time.monotonic()
        await wait_for_async("the platform is healthy", lambda: is_quiet(context), HEALTHY_SECONDS)
        healthy_after = time.monotonic() - ended
    return FaultOutcome(engine, kind, load, healthy_after, await _count_lost(context, set(load.acknowledged)))


async def _count_lost(context: DrillContext, expected: set[str]) -> int:
    """Return the number of acknowledged posts that are missing from a follower's feed in the end."""
    end = time.monotonic() + DELIVERED_SECONDS
    missing = expected
    while missing and time.monotonic() < end:
        try:
            missing = expected - set(await context.api.whole_feed(context.people.viewers[0]))
        except httpx.HTTPError:
            missing = expected
        await asyncio.sleep(0.5)
    return len(missing)


def build_matrix(outcomes: Sequence[FaultOutcome]) -> str:
    """Return the table, followed by the faults that were not injected."""
    rows = [HEAD, *(found.row() for found in outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"not injected: {kind}: {why}" for kind, why in NOT_INJECTED.items())])
