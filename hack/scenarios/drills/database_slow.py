"""DatabaseSlow: Cassandra's process is suspended most of the time, and the platform sends it fewer requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from hack.scenarios.cluster import Pod
from hack.scenarios.drills.model import Drill, DrillContext

SUSPENDED, RUNNING = 1.2, 0.3  # seconds


@asynccontextmanager
async def cassandra_slow(context: DrillContext) -> AsyncIterator[None]:
    """Let Cassandra run for a fifth of the time while the block lasts."""
    pods = await asyncio.to_thread(context.cluster.engine, "cassandra")
    slowing = asyncio.create_task(_slow(context, pods))
    try:
        yield
    finally:
        slowing.cancel()
        with suppress(asyncio.CancelledError):
            await slowing


async def _slow(context: DrillContext, pods: list[Pod]) -> None:
    while True:
        await asyncio.to_thread(context.signals.alternate, pods, SUSPENDED, RUNNING)


DRILL = Drill("DatabaseSlow", cassandra_slow, detected_within=120, mitigated_within=150)
