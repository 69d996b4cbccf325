"""interactions -> interaction-counter -> counts, on the real engines; needs Kafka, Cassandra and Redis."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from photo_core.clock import SystemClock
from photo_core.domain.ids import compose
from photo_core.domain.interactions import Counts
from photo_core.engines.redis import redis_settings
from photo_core.messages.events import CountsEvent, Interaction, InteractionKind, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.ports.post_cache import CachedPost
from photo_core.settings import process_source
from photo_core.stores.cassandra.comments import CassandraComments
from photo_core.stores.cassandra.counters import CassandraCounters, CassandraTouches
from photo_core.stores.cassandra.likes import CassandraLikes
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.post_cache import RedisPostCache
from photo_workers.interaction_counter.reconciler import TOUCHED, Reconciler, Rows
from tests.support.engines import cassandra
from tests.support.event_logs import KafkaEventLog, eventually, kafka_of_its_own
from tests.support.worker_processes import WorkerProcesses, environment_with_topics_of, worker_processes

pytestmark = pytest.mark.real
LATER_MS = 180_000


class LaterClock(SystemClock):
    """The host's clock, ahead by what the test says: minutes that a reconciler waits for."""

    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


@dataclass(frozen=True)
class Platform:
    """Stores as a pod has them, Kafka topics of this test's own, and counters as processes of their own."""

    events: KafkaEventLog
    rows: Rows
    workers: WorkerProcesses

    async def produce(self, events: Sequence[CountsEvent]) -> None:
        messages = [OutgoingMessage(Topic.INTERACTIONS, str(event.post_id), encode(event)) for event in events]
        async with self.events.publisher() as publisher:
            await publisher.publish(messages)

    async def counts(self, post_id: int) -> Counts:
        tallies = await self.rows.counters.get_many([post_id])
        return tallies[post_id].counts if post_id in tallies else Counts()

    async def are_counted(self, wanted: dict[int, Counts]) -> bool:
        return all([await self.counts(post_id) == counts for post_id, counts in wanted.items()])


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    source = process_source()
    redis = redis_settings(source)
    client = RedisClusterClient(redis)
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(kafka_of_its_own())
        session = await stack.enter_async_context(cassandra())
        stack.push_async_callback(client.close)
        workers = await stack.enter_async_context(worker_processes(environment_with_topics_of(events, source)))
        rows = Rows(
            CassandraLikes(session),
            CassandraComments(session),
            CassandraCounters(session),
            CassandraTouches(session),
            RedisPostCache(client, redis.key_prefix),
        )
        yield Platform(events, rows, workers)


def some_id() -> int:
    return compose(SystemClock().now_ms(), secrets.randbelow(1 << 13), secrets.randbelow(1 << 10))


def liked(post_id: int, times: int) -> list[Interaction]:
    now_ms = SystemClock().now_ms()
    return [Interaction(InteractionKind.LIKED, post_id, user_id, now_ms) for user_id in range(times)]


async def test_a_counter_killed_in_its_work_counts_everything_once(platform: Platform) -> None:
    posts = [some_id() for _ in range(20)]
    await platform.produce([event for post_id in posts for event in liked(post_id, 150)])
    killed = await platform.workers.start("interaction-counter")

    async def is_at_work() -> bool:
        return any([await platform.counts(post_id) != Counts() for post_id in posts])

    await eventually(is_at_work)
    killed.kill()
    await platform.produce([Interaction(InteractionKind.COMMENT_ADDED, post_id, 1, 0) for post_id in posts])
    await platform.workers.start("interaction-counter")
    await eventually(lambda: platform.are_counted(dict.fromkeys(posts, Counts(150, 1))), 120)
    cache, last = platform.rows.post_cache, posts[-1]
    await cache.fill([CachedPost(last, 7, b"{")], (await cache.read([last])).lease)
    kept = (await cache.read([last])).found[last]
    assert isinstance(kept, CachedPost)
    assert (kept.likes, kept.comments) == (150, 1)


async def test_a_like_whose_event_was_lost_is_counted_by_the_reconciler(platform: Platform) -> None:
    post_id, clock = some_id(), LaterClock()
    await platform.rows.touches.advance(TOUCHED, clock.now_ms() // 60_000 - 1)
    await platform.rows.touches.touch(post_id, clock.now_ms())
    await platform.rows.likes.like(post_id, 1, clock.now_ms())
    await platform.workers.start("interaction-counter")
    async with platform.events.publisher() as publisher:
        reconciler = Reconciler(platform.rows, publisher, clock)
        for _ in range(3):
            clock.ahead_ms += LATER_MS
            await reconciler.check_touched_posts()
        await eventually(lambda: platform.are_counted({post_id: Counts(1, 0)}), 120)
