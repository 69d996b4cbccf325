"""The fan-out worker: appends post ids to the feeds of ranges of followers, a batch of ranges at a time.

Run by `photo-workers run fanout`. Appending is idempotent for readers, so a repeated range does no harm. The planner
decided what to deliver; `pull_fallback` drops what the runtime policy leaves to readers. While Redis is down Kafka
keeps the backlog: the consume loop pauses its partitions and retries.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from photo_core.clock import Clock
from photo_core.domain.ids import MAX_ID
from photo_core.engines.postgres import postgres_settings
from photo_core.engines.redis import redis_settings
from photo_core.errors import EngineUnavailable, PermanentFailure
from photo_core.messages.events import FanoutRange, decode
from photo_core.ports.events import IncomingMessage
from photo_core.ports.feeds import FeedDeliveries
from photo_core.settings import feed_settings
from photo_core.telemetry.metrics import (
    FANOUT_DELIVERIES,
    FANOUT_FAILURES,
    FANOUT_LATENCY,
    FANOUT_OLDEST,
    FANOUT_QUEUE_DEPTH,
)
from photo_core.telemetry.tracing import TRACER, cause
from photo_workers.consume_loop import Handler
from photo_workers.fanout.pull_fallback import PullFallback
from photo_workers.outcomes import DONE, Dead, Outcome, Unavailable
from photo_workers.process import WorkerProcess

RECENT_SECONDS = 15.0  # longer than the delay between two attempts of the consume loop


class Fanout:
    """Delivers ranges into feeds."""

    def __init__(self, feeds: FeedDeliveries, pull_fallback: PullFallback, clock: Clock) -> None:
        self._feeds = feeds
        self._pull_fallback = pull_fallback
        self._clock = clock
        self._redis_failed = False
        self._oldest_ms = 0
        self._taken_at = clock.monotonic()

    async def handle(self, batch: Sequence[IncomingMessage]) -> Sequence[Outcome]:
        """Deliver all ranges of a batch together; messages that cannot be decoded are dead."""
        wanted = [_read(message) for message in batch]
        ranges = [each for each in wanted if isinstance(each, FanoutRange)]
        self._note_oldest(ranges)
        outcome: Outcome = DONE
        try:
            with TRACER.start_as_current_span("deliver ranges", links=[cause(message.headers) for message in batch]):
                await self._deliver(ranges)
        except EngineUnavailable as unavailable:
            FANOUT_FAILURES.inc()
            self._redis_failed = True
            outcome = Unavailable(unavailable.engine, unavailable.detail)
        return [each if isinstance(each, Dead) else outcome for each in wanted]

    async def _deliver(self, ranges: Sequence[FanoutRange]) -> None:
        if self._redis_failed:
            # otherwise healthy masters would get the same ids at every attempt
            await self._feeds.probe()
            self._redis_failed = False
        ranges = await self._pull_fallback.remaining(ranges)
        FANOUT_QUEUE_DEPTH.set(sum(len(each.followers) for each in ranges))
        try:
            await self._feeds.append_many(_by_post(ranges))
        finally:
            FANOUT_QUEUE_DEPTH.set(0)
        self._count(ranges)

    def oldest_seconds(self) -> float:
        """Return the age of the oldest post in the last batch, in seconds; 0 without a recent batch."""
        lately = self._clock.monotonic() - self._taken_at < RECENT_SECONDS
        return self._oldest_ms / 1000 if lately else 0.0

    def _note_oldest(self, ranges: Sequence[FanoutRange]) -> None:
        now_ms, self._taken_at = self._clock.now_ms(), self._clock.monotonic()
        self._oldest_ms = max((now_ms - each.created_at_ms for each in ranges), default=0)

    def _count(self, ranges: Sequence[FanoutRange]) -> None:
        now_ms = self._clock.now_ms()
        FANOUT_DELIVERIES.inc(sum(len(each.followers) for each in ranges))
        for each in ranges:
            if each.last:
                FANOUT_LATENCY.observe((now_ms - each.created_at_ms) / 1000)


def _read(message: IncomingMessage) -> FanoutRange | Dead:
    try:
        wanted = decode(message.value, FanoutRange)
    except PermanentFailure as failure:
        return Dead(str(failure))
    ids = (wanted.post_id, *wanted.followers)
    return wanted if min(ids) >= 0 and max(ids) <= MAX_ID else Dead("not a FanoutRange: an id is out of range")


def _by_post(ranges: Sequence[FanoutRange]) -> dict[int, list[int]]:
    deliveries: dict[int, list[int]] = {}
    for each in ranges:
        deliveries.setdefault(each.post_id, []).extend(each.followers)
    return deliveries


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Connect to Redis, and to PostgreSQL once ranges are left to readers; hand out the handler."""
    from photo_core.stores.postgres.follows import PostgresFollows
    from photo_core.stores.postgres.pool import PostgresPool
    from photo_core.stores.redis.client import RedisClusterClient
    from photo_core.stores.redis.feeds import RedisFeedCache

    redis = redis_settings(process.source)
    client = RedisClusterClient(redis)
    pool = PostgresPool(postgres_settings(process.source))
    try:
        feeds = RedisFeedCache(client, redis.key_prefix, feed_settings(process.source))
        pull_fallback = PullFallback(PostgresFollows(pool), process.policy, process.clock)
        fanout = Fanout(feeds, pull_fallback, process.clock)
        FANOUT_OLDEST.set_function(fanout.oldest_seconds)
        yield fanout.handle
    finally:
        await pool.close()
        await client.close()
