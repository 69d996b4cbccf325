"""The fan-out worker: writes a post's id into the feeds of a range of followers.

Run by `photo-workers run fanout`. Appending is idempotent as readers see it, so a repeated range does no harm. It
reads no truth: what to deliver was decided by the planner. While Redis is away Kafka holds the backlog.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from photo_core.clock import Clock
from photo_core.messages.events import FanoutRange, decode
from photo_core.ports.events import IncomingMessage
from photo_core.ports.feeds import FeedCache
from photo_core.settings import feed_settings, redis_settings
from photo_core.telemetry.metrics import FANOUT_DELIVERIES, FANOUT_FAILURES, FANOUT_LATENCY, FANOUT_QUEUE_DEPTH
from photo_workers.consume_loop import Handler
from photo_workers.outcomes import DONE, Outcome, Unavailable
from photo_workers.process import WorkerProcess
from photo_workers.settling import settle

RANGES_AT_ONCE = 4  # more in flight raises the readers' latency, not the throughput


@dataclass(frozen=True)
class Fanout:
    """Delivers ranges into feeds."""

    feeds: FeedCache
    clock: Clock

    async def handle(self, batch: Sequence[IncomingMessage]) -> Sequence[Outcome]:
        """Deliver every range of a batch, several at once."""
        outcomes = await settle(batch, self._deliver, RANGES_AT_ONCE)
        if any(isinstance(outcome, Unavailable) for outcome in outcomes):
            FANOUT_FAILURES.inc()
        return outcomes

    async def _deliver(self, message: IncomingMessage) -> Outcome:
        wanted = decode(message.value, FanoutRange)
        with FANOUT_QUEUE_DEPTH.track_inprogress():
            await self.feeds.append(wanted.post_id, wanted.followers)
        FANOUT_DELIVERIES.inc(len(wanted.followers))
        if wanted.last:
            FANOUT_LATENCY.observe((self.clock.now_ms() - wanted.created_at_ms) / 1000)
        return DONE


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Connect to Redis and hand out the handler."""
    from photo_core.stores.redis.client import RedisClusterClient
    from photo_core.stores.redis.feeds import RedisFeedCache

    redis = redis_settings(process.source)
    client = RedisClusterClient(redis)
    try:
        feeds = RedisFeedCache(client, redis.key_prefix, feed_settings(process.source))
        yield Fanout(feeds, process.clock).handle
    finally:
        await client.close()
