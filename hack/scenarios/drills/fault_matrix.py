"""Every engine against every way to fail: what happened to people's requests, and how long until the platform was well.

Run by tests/e2e as a drill. Each fault lasts some seconds; whatever a runbook does about it is part of what happened.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from hack.scenarios.cluster import ENGINES, Pod
from hack.scenarios.drills.load import busy
from hack.scenarios.drills.model import Field, Load
from hack.scenarios.drills.running import is_calm, until

STRUCK = ("redis", "kafka", "cassandra", "postgres", "s3")
PAUSE_SECONDS = 12.0
STOPPED, RUNNING = 0.8, 0.4  # seconds of a slow engine
WELL_SECONDS, DELIVERED_SECONDS, READY_SECONDS = 300, 60, 120

# what is not struck, and why: told in the table
NOT_STRUCK = {
    "partition": "needs a network that enforces policies; the package node has none",
    "disk full": "volumes share the machine's disk; filling it would end the node",
}


@dataclass(frozen=True)
class Happened:
    """What came of one fault; times are seconds, `well_after` from its end."""

    engine: str
    kind: str
    load: Load
    well_after: float
    lost: int

    def row(self) -> tuple[str, ...]:
        """Return it as cells of the table."""
        load = self.load
        counts = (load.reads, load.posts, load.refused, len(load.failed), self.lost)
        return (self.engine, self.kind, *map(str, counts), f"{self.well_after:.0f}")


HEAD = ("engine", "fault", "reads", "posts", "refused", "failed", "lost", "well after s")


async def _kill(field: Field, engine: str, pods: list[Pod]) -> None:
    await asyncio.to_thread(field.signals.send, pods, signal.SIGKILL)
    await asyncio.to_thread(field.cluster.kill, ENGINES, pods)
    await asyncio.to_thread(field.cluster.wait_engine_ready, engine, len(pods), READY_SECONDS)


async def _pause(field: Field, _engine: str, pods: list[Pod]) -> None:
    await asyncio.to_thread(field.signals.send, pods, signal.SIGSTOP)
    try:
        await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await asyncio.to_thread(field.signals.send, pods, signal.SIGCONT)


async def _slow(field: Field, _engine: str, pods: list[Pod]) -> None:
    await asyncio.to_thread(field.signals.alternate, pods, STOPPED, RUNNING)


KINDS: dict[str, Callable[[Field, str, list[Pod]], Awaitable[None]]] = {"kill": _kill, "pause": _pause, "slow": _slow}


async def strike(field: Field, engine: str, kind: str) -> Happened:
    """Strike an engine under load and wait until the platform is well and every acknowledged post is in the feeds.

    Raises:
        TooLate: it did not become well.
    """
    await until("the platform is well", lambda: is_calm(field), WELL_SECONDS)
    pods = await asyncio.to_thread(field.cluster.engine, engine)
    async with busy(field) as load:
        await KINDS[kind](field, engine, pods)
        over = time.monotonic()
        await until("the platform is well", lambda: is_calm(field), WELL_SECONDS)
        well_after = time.monotonic() - over
    return Happened(engine, kind, load, well_after, await _lost(field, set(load.acknowledged)))


async def _lost(field: Field, expected: set[str]) -> int:
    """Return how many acknowledged posts a follower's feed lacks in the end."""
    end = time.monotonic() + DELIVERED_SECONDS
    missing = expected
    while missing and time.monotonic() < end:
        try:
            missing = expected - set(await field.api.whole_feed(field.stage.viewers[0]))
        except httpx.HTTPError:
            missing = expected
        await asyncio.sleep(0.5)
    return len(missing)


def build_matrix(happened: Sequence[Happened]) -> str:
    """Return the table, with what was not struck below it."""
    rows = [HEAD, *(found.row() for found in happened)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"not struck: {kind}: {why}" for kind, why in NOT_STRUCK.items())])
