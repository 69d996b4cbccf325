"""Lost feeds -> feed-rebuild -> whole feeds, on the real engines; needs all but the S3 store."""

import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from photo_core.clock import SystemClock
from photo_core.domain.accounts import NewAccount
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.ids import compose
from photo_core.domain.posts import Post
from photo_core.engines.redis import RedisVariable, redis_settings
from photo_core.messages.topics import Topic
from photo_core.ports.posts import OutboxRecord
from photo_core.settings import FeedSettings, Variable, process_source
from photo_core.stores.cassandra.posts import CassandraPosts
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.follows import PostgresFollows
from photo_core.stores.postgres.pool import PostgresPool
from photo_core.stores.postgres.rebuild_runs import PostgresRebuildRuns
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache
from tests.support.engines import cassandra, own_tables
from tests.support.event_logs import KafkaEventLog, eventually, kafka_of_its_own
from tests.support.worker_processes import WorkerProcesses, environment_with_topics_of, worker_processes

pytestmark = pytest.mark.real
VIEWERS = 300
A_SECOND = 50  # slow enough to be killed at its work


@dataclass(frozen=True)
class Platform:
    """Stores as a pod has them, tables, topics and keys of this test's own, and workers as processes of their own."""

    events: KafkaEventLog
    posts: CassandraPosts
    pool: PostgresPool
    feeds: RedisFeedCache
    workers: WorkerProcesses

    async def handled(self) -> int:
        run = await PostgresRebuildRuns(self.pool).latest()
        return 0 if run is None else run.handled

    async def head(self, viewer: int) -> FeedHead | None:
        cached = await self.feeds.read(viewer)
        return whole_head(cached.head, cached.epoch, graph_version=1)


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    source = process_source()
    prefix = f"{redis_settings(source).key_prefix}{secrets.token_hex(6)}:"
    redis = msgspec.structs.replace(redis_settings(source), key_prefix=prefix)
    client = RedisClusterClient(redis)
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(kafka_of_its_own())
        session = await stack.enter_async_context(cassandra())
        tables = await stack.enter_async_context(own_tables())
        secrets_of_its_own = tmp_path / "secrets"
        # without the links of a mount, which lead to everybody's
        shutil.copytree(source.secrets, secrets_of_its_own, ignore=shutil.ignore_patterns("..*"))
        (secrets_of_its_own / "postgres/uri").write_text(tables.uri)
        pool = PostgresPool(tables)
        stack.push_async_callback(pool.close)
        stack.push_async_callback(client.close)
        environment = environment_with_topics_of(events, source) | {
            "PHOTO_SECRETS_DIR": str(secrets_of_its_own),
            RedisVariable.KEY_PREFIX: prefix,
            Variable.FEED_REBUILDS_PER_SECOND: str(A_SECOND),
        }
        workers = await stack.enter_async_context(worker_processes(environment))
        yield Platform(
            events=events,
            posts=CassandraPosts(session),
            pool=pool,
            feeds=RedisFeedCache(client, prefix, FeedSettings()),
            workers=workers,
        )


async def test_a_worker_killed_at_its_work_is_followed_by_another_until_every_feed_is_whole(platform: Platform) -> None:
    now_ms, worker = SystemClock().now_ms(), secrets.randbelow(1 << 13)
    author, post_id, record_id, *viewers = (compose(now_ms, worker, sequence) for sequence in range(VIEWERS + 3))
    for user_id in (author, *viewers):
        await PostgresAccounts(platform.pool).create(NewAccount(user_id, f"u{user_id}", "hash"))
    for viewer in viewers:
        await PostgresFollows(platform.pool).follow(viewer, author)
    post = Post(post_id, author, f"u{author}", (), "", now_ms)
    await platform.posts.create(post, OutboxRecord(record_id, Topic.POSTS_CREATED, str(author), b""))

    async def some_are_handled() -> bool:
        return 0 < await platform.handled() < VIEWERS

    async def all_are_whole() -> bool:
        return [await platform.head(viewer) for viewer in viewers] == [FeedHead((post_id,), 0)] * VIEWERS

    killed = await platform.workers.start("feed-rebuild")
    await eventually(some_are_handled)
    killed.kill()
    assert not await all_are_whole()
    await platform.workers.start("feed-rebuild")
    await eventually(all_are_whole, 120)
