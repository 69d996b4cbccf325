"""DatabaseSlow: Cassandra's process is stopped for most of each second; the platform asks it for less meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from hack.scenarios.cluster import Pod
from hack.scenarios.drills.model import Drill, Field

STOPPED, RUNNING = 1.2, 0.3  # seconds


@asynccontextmanager
async def cassandra_slow(field: Field) -> AsyncIterator[None]:
    """Let Cassandra run for a fifth of the time while the block lasts."""
    pods = await asyncio.to_thread(field.cluster.engine, "cassandra")
    slowing = asyncio.create_task(_slow(field, pods))
    try:
        yield
    finally:
        slowing.cancel()
        with suppress(asyncio.CancelledError):
            await slowing


async def _slow(field: Field, pods: list[Pod]) -> None:
    while True:
        await asyncio.to_thread(field.signals.alternate, pods, STOPPED, RUNNING)


DRILL = Drill("DatabaseSlow", cassandra_slow, detected_within=120, mitigated_within=150)
