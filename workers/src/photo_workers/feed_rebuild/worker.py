"""The feed-rebuild worker's connections: what `photo-workers run feed-rebuild` opens, for handler and planner alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.engines.redis import redis_settings
from photo_core.settings import feed_settings
from photo_core.stores.cassandra.posts import CassandraPosts
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.postgres.feed_state import PostgresFeedStates
from photo_core.stores.postgres.follows import PostgresFollows
from photo_core.stores.postgres.pool import PostgresPool
from photo_core.stores.postgres.rebuild_runs import PostgresRebuildRuns
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache
from photo_core.stores.redis.lives import RedisFeedCacheLives
from photo_workers.consume_loop import Handler
from photo_workers.feed_rebuild.handler import FeedRebuild, FeedSources
from photo_workers.feed_rebuild.pace import Pace
from photo_workers.feed_rebuild.planner import RebuildPlanner
from photo_workers.process import WorkerProcess


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Yield the handler; the planner runs as long as it is open."""
    redis, feeds = redis_settings(process.source), feed_settings(process.source)
    client = RedisClusterClient(redis)
    session = CassandraSession(cassandra_settings(process.source))
    pool = PostgresPool(postgres_settings(process.source))
    async with AsyncExitStack() as stack:
        for engine in (client, session, pool):
            stack.push_async_callback(engine.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        # a planner that fails ends the process instead of going unnoticed
        lives, runs = RedisFeedCacheLives(client, redis.key_prefix), PostgresRebuildRuns(pool)
        planner = RebuildPlanner(lives, runs, process.publisher, process.clock, feeds.inactive_after_days)
        planning = tasks.create_task(planner.run(process.draining))
        truth = FeedSources(PostgresFollows(pool), CassandraPosts(session), PostgresFeedStates(pool))
        cache = RedisFeedCache(client, redis.key_prefix, feeds)
        pace = Pace(feeds.rebuilds_per_second, process.clock)
        yield FeedRebuild(truth, cache, runs, pace, process.clock, feeds).handle
        planning.cancel()
