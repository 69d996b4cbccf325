"""FeedCacheDown: every Redis process is killed at once; feeds are pulled until Redis is back and whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hack.scenarios.drills.model import Drill, Field
from hack.scenarios.redis_loss import REDIS_PODS, kill_redis


@asynccontextmanager
async def redis_killed(field: Field) -> AsyncIterator[None]:
    """Kill every Redis pod; Kubernetes starts them again."""
    await asyncio.to_thread(kill_redis, field.cluster)
    yield
    await asyncio.to_thread(field.cluster.wait_engine_ready, "redis", REDIS_PODS, 90)


DRILL = Drill("FeedCacheDown", redis_killed, detected_within=15, mitigated_within=30)
