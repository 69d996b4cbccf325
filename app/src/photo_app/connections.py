"""Opens the real ports for `photo_app.main`. Nothing here waits for an engine: connections are made at first use."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from photo_app.ports import Ports
from photo_core.clock import SystemClock
from photo_core.ids import IdMinter
from photo_core.messages.topics import Topic
from photo_core.runtime_policy_watch import RuntimePolicyWatch
from photo_core.settings import (
    RUNTIME_DIR,
    Source,
    Variable,
    cassandra_settings,
    feed_settings,
    kafka_settings,
    object_storage_settings,
    postgres_settings,
    redis_settings,
)
from photo_core.stores.cassandra.comments import CassandraComments
from photo_core.stores.cassandra.counters import CassandraCounters, CassandraTouches
from photo_core.stores.cassandra.likes import CassandraLikes
from photo_core.stores.cassandra.media import CassandraMediaRecords
from photo_core.stores.cassandra.media_uses import CassandraMediaUses
from photo_core.stores.cassandra.operations import CassandraOperations
from photo_core.stores.cassandra.outbox import CassandraOutbox
from photo_core.stores.cassandra.posts import CassandraPosts
from photo_core.stores.cassandra.reservations import CassandraReservations
from photo_core.stores.cassandra.saves import CassandraSaves
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.feed_state import PostgresFeedStates
from photo_core.stores.postgres.follow_requests import PostgresFollowRequests
from photo_core.stores.postgres.follows import PostgresFollows
from photo_core.stores.postgres.pool import PostgresPool
from photo_core.stores.postgres.restrictions import PostgresRestrictions
from photo_core.stores.postgres.sessions import PostgresRevokedSessions
from photo_core.stores.postgres.worker_ids import PostgresWorkerIdLeases
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache, RedisLikedCache
from photo_core.stores.redis.post_cache import RedisPostCache
from photo_core.stores.s3.storage import S3ObjectStorage
from photo_core.streams.publisher import open_publisher
from photo_core.streams.tail import KafkaEventTail

KAFKA_CLIENT_ID = "photo-app"


@asynccontextmanager
async def open_ports(source: Source) -> AsyncIterator[Ports]:
    """Open what the API stands on, and close it at the end.

    Args:
        source: the process's environment and secrets.
    """
    async with AsyncExitStack() as stack:
        pool = PostgresPool(postgres_settings(source))
        stack.push_async_callback(pool.close)
        session = CassandraSession(cassandra_settings(source))
        stack.push_async_callback(session.close)
        redis = redis_settings(source)
        redis_client = RedisClusterClient(redis)
        stack.push_async_callback(redis_client.close)
        # last, so that it is closed first: what it flushes discards outbox records, and those are in Cassandra
        publisher = await stack.enter_async_context(open_publisher(kafka_settings(source), KAFKA_CLIENT_ID))
        clock = SystemClock()
        yield Ports(
            clock=clock,
            minter=IdMinter(clock),
            worker_ids=PostgresWorkerIdLeases(pool),
            accounts=PostgresAccounts(pool),
            revoked_sessions=PostgresRevokedSessions(pool),
            follows=PostgresFollows(pool),
            follow_requests=PostgresFollowRequests(pool),
            restrictions=PostgresRestrictions(pool),
            feed_states=PostgresFeedStates(pool),
            posts=CassandraPosts(session),
            outbox=CassandraOutbox(session),
            reservations=CassandraReservations(session),
            operations=CassandraOperations(session),
            media=CassandraMediaRecords(session),
            media_uses=CassandraMediaUses(session),
            objects=S3ObjectStorage(object_storage_settings(source)),
            likes=CassandraLikes(session),
            comments=CassandraComments(session),
            saves=CassandraSaves(session),
            counters=CassandraCounters(session),
            touches=CassandraTouches(session),
            publisher=publisher,
            new_posts=KafkaEventTail(kafka_settings(source), Topic.POSTS_CREATED, KAFKA_CLIENT_ID),
            feeds=RedisFeedCache(redis_client, redis.key_prefix, feed_settings(source)),
            liked_cache=RedisLikedCache(redis_client, redis.key_prefix, feed_settings(source)),
            post_cache=RedisPostCache(redis_client, redis.key_prefix),
            policies=_policies(source),
        )


def _policies(source: Source) -> RuntimePolicyWatch:
    config_map = f"{source.text(Variable.PLATFORM, 'demo')}-runtime"
    return RuntimePolicyWatch(config_map, source.text(Variable.NAMESPACE, "default"), Path(RUNTIME_DIR))
