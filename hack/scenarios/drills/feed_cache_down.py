"""FeedCacheDown: all Redis pods are killed at once; feeds are pulled until Redis is back and rebuilt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hack.scenarios.drills.model import Drill, DrillContext
from hack.scenarios.redis_loss import REDIS_PODS, kill_redis


@asynccontextmanager
async def redis_killed(context: DrillContext) -> AsyncIterator[None]:
    """Kill every Redis pod; Kubernetes starts them again."""
    await asyncio.to_thread(kill_redis, context.cluster)
    yield
    await asyncio.to_thread(context.cluster.wait_engine_ready, "redis", REDIS_PODS, 90)


DRILL = Drill("FeedCacheDown", redis_killed, detected_within=15, mitigated_within=30)
