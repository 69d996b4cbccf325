"""posts.created -> planner -> feed.fanout -> worker -> feeds, on the real engines; needs all but the S3 store."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from photo_core.clock import SystemClock
from photo_core.domain.accounts import NewAccount
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.ids import compose
from photo_core.domain.posts import Post
from photo_core.engines.redis import redis_settings
from photo_core.messages.events import FanoutRange, PostCreated, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.ports.posts import OutboxRecord
from photo_core.settings import FeedSettings, Variable, process_source
from photo_core.stores.cassandra.posts import CassandraPosts
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.follows import PostgresFollows
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache
from tests.support.engines import cassandra, postgres
from tests.support.event_logs import KafkaEventLog, eventually, kafka_of_its_own
from tests.support.worker_processes import WorkerProcesses, environment_with_topics_of, worker_processes

pytestmark = pytest.mark.real
GRAPH = 1


@dataclass(frozen=True)
class Platform:
    """Stores as a pod has them, Kafka topics of this test's own, and workers as processes of their own."""

    events: KafkaEventLog
    posts: CassandraPosts
    accounts: PostgresAccounts
    follows: PostgresFollows
    feeds: RedisFeedCache
    workers: WorkerProcesses

    async def build_feeds(self, viewers: Sequence[int]) -> None:
        for viewer in viewers:
            nonce = await self.feeds.begin_rebuild(viewer)
            assert await self.feeds.finish_rebuild(viewer, nonce, FeedHead((), 0), GRAPH)

    async def feed(self, viewer: int) -> set[int]:
        cached = await self.feeds.read(viewer)
        head = whole_head(cached.head, cached.epoch, GRAPH)
        assert head is not None
        return set(head.post_ids)

    async def all_have(self, viewers: Sequence[int], post_ids: set[int]) -> bool:
        return all([await self.feed(viewer) >= post_ids for viewer in viewers])


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    source = process_source()
    redis = redis_settings(source)
    client = RedisClusterClient(redis)
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(kafka_of_its_own())
        session = await stack.enter_async_context(cassandra())
        pool = await stack.enter_async_context(postgres())
        stack.push_async_callback(client.close)
        environment = environment_with_topics_of(events, source) | {Variable.CELEBRITY_THRESHOLD: "1000"}
        workers = await stack.enter_async_context(worker_processes(environment))
        yield Platform(
            events=events,
            posts=CassandraPosts(session),
            accounts=PostgresAccounts(pool),
            follows=PostgresFollows(pool),
            feeds=RedisFeedCache(client, redis.key_prefix, FeedSettings()),
            workers=workers,
        )


def some_id() -> int:
    return compose(SystemClock().now_ms(), secrets.randbelow(1 << 13), secrets.randbelow(1 << 10))


async def author_with_followers(platform: Platform, count: int) -> tuple[int, list[int]]:
    author, *followers = {some_id() for _ in range(count + 1)}
    for user_id in (author, *followers):
        await platform.accounts.create(NewAccount(user_id, f"u{user_id}", "hash"))
    for follower in followers:
        await platform.follows.follow(follower, author)
    return author, followers


async def test_a_created_post_is_in_the_feeds_of_all_followers(platform: Platform) -> None:
    author, followers = await author_with_followers(platform, 20)
    await platform.build_feeds(followers)
    await platform.workers.start("fanout-planner")
    await platform.workers.start("fanout")
    clock = SystemClock()
    post = Post(some_id(), author, f"u{author}", (), "", clock.now_ms())
    created = encode(PostCreated(post.post_id, author, post.created_at_ms))
    await platform.posts.create(post, OutboxRecord(some_id(), Topic.POSTS_CREATED, str(author), created))
    async with platform.events.publisher() as publisher:
        await publisher.publish([OutgoingMessage(Topic.POSTS_CREATED, str(author), created)])
    await eventually(lambda: platform.all_have(followers, {post.post_id}))


async def test_the_outbox_relay_produces_what_the_api_could_not(platform: Platform) -> None:
    author, followers = await author_with_followers(platform, 3)
    await platform.build_feeds(followers)
    for worker in ("fanout-planner", "fanout", "outbox-relay"):
        await platform.workers.start(worker)
    post = Post(some_id(), author, f"u{author}", (), "", SystemClock().now_ms())
    created = encode(PostCreated(post.post_id, author, post.created_at_ms))
    await platform.posts.create(post, OutboxRecord(some_id(), Topic.POSTS_CREATED, str(author), created))
    await eventually(lambda: platform.all_have(followers, {post.post_id}), 120)


async def test_a_worker_killed_in_its_work_loses_nothing(platform: Platform) -> None:
    followers = list({some_id() for _ in range(300)})
    post_ids = {some_id() for _ in range(600)}
    await platform.build_feeds(followers)
    now_ms = SystemClock().now_ms()
    ranges = [
        OutgoingMessage(
            Topic.FEED_FANOUT, str(post_id), encode(FanoutRange(post_id, 1, now_ms, tuple(followers), True))
        )
        for post_id in post_ids
    ]
    async with platform.events.publisher() as publisher:
        await publisher.publish(ranges)
    killed = await platform.workers.start("fanout")

    async def is_at_work() -> bool:
        return bool(await platform.feed(followers[0]))

    await eventually(is_at_work)
    killed.kill()
    await platform.workers.start("fanout")
    await eventually(lambda: platform.all_have(followers, post_ids), 120)


async def test_a_drained_worker_ends_well_and_leaves_its_partitions_at_once(platform: Platform) -> None:
    (follower,) = followers = [some_id()]
    await platform.build_feeds(followers)
    first = await platform.workers.start("fanout")
    async with platform.events.publisher() as publisher:
        await publisher.publish([delivery(5, follower)])
        await eventually(lambda: platform.all_have(followers, {5}))
        first.terminate()
        async with asyncio.timeout(10):
            assert await first.wait() == 0
        second = await platform.workers.start("fanout")
        await publisher.publish([delivery(6, follower)])
        await eventually(lambda: platform.all_have(followers, {5, 6}), 20)
    assert second.returncode is None


def delivery(post_id: int, follower: int) -> OutgoingMessage:
    event = FanoutRange(post_id, 1, SystemClock().now_ms(), (follower,), last=True)
    return OutgoingMessage(Topic.FEED_FANOUT, str(post_id), encode(event))
