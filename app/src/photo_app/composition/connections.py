"""Opens the real ports for `photo_app.main`. Waits for no engine: clients connect at first use."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from photo_app.ports import Ports
from photo_core.clock import SystemClock
from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.kafka import kafka_settings
from photo_core.engines.object_storage import object_storage_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.engines.redis import redis_settings
from photo_core.ids import IdMinter
from photo_core.messages.topics import Topic
from photo_core.ports.events import EventPublisher
from photo_core.ports.runtime_policy import RuntimePolicies
from photo_core.runtime_policy_watch import watch_of
from photo_core.settings import Source, feed_settings
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
from photo_core.stores.postgres.account_deletions import PostgresAccountDeletions
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


@dataclass(frozen=True)
class Connections:
    """Clients of the engines, each shared by the ports that use it."""

    postgres: PostgresPool
    cassandra: CassandraSession
    redis: RedisClusterClient
    publisher: EventPublisher
    policies: RuntimePolicies


@asynccontextmanager
async def open_ports(source: Source) -> AsyncIterator[Ports]:
    """Open the ports of the API, and close them at the end.

    Args:
        source: the process's environment and secrets.
    """
    async with _connected(source) as connections:
        yield build_ports(source, connections)


def build_ports(source: Source, to: Connections) -> Ports:
    """Return the ports over these connections."""
    clock, redis = SystemClock(), redis_settings(source)
    return Ports(
        clock=clock,
        minter=IdMinter(clock),
        worker_ids=PostgresWorkerIdLeases(to.postgres),
        accounts=PostgresAccounts(to.postgres),
        revoked_sessions=PostgresRevokedSessions(to.postgres),
        account_deletions=PostgresAccountDeletions(to.postgres),
        follows=PostgresFollows(to.postgres),
        follow_requests=PostgresFollowRequests(to.postgres),
        restrictions=PostgresRestrictions(to.postgres),
        feed_states=PostgresFeedStates(to.postgres),
        posts=CassandraPosts(to.cassandra),
        outbox=CassandraOutbox(to.cassandra),
        reservations=CassandraReservations(to.cassandra),
        operations=CassandraOperations(to.cassandra),
        media=CassandraMediaRecords(to.cassandra),
        media_uses=CassandraMediaUses(to.cassandra),
        objects=S3ObjectStorage(object_storage_settings(source)),
        likes=CassandraLikes(to.cassandra),
        comments=CassandraComments(to.cassandra),
        saves=CassandraSaves(to.cassandra),
        counters=CassandraCounters(to.cassandra),
        touches=CassandraTouches(to.cassandra),
        publisher=to.publisher,
        new_posts=KafkaEventTail(kafka_settings(source), Topic.POSTS_CREATED, KAFKA_CLIENT_ID),
        feeds=RedisFeedCache(to.redis, redis.key_prefix, feed_settings(source)),
        liked_cache=RedisLikedCache(to.redis, redis.key_prefix, feed_settings(source)),
        post_cache=RedisPostCache(to.redis, redis.key_prefix),
        policies=to.policies,
    )


@asynccontextmanager
async def _connected(source: Source) -> AsyncIterator[Connections]:
    async with AsyncExitStack() as stack:
        policies = watch_of(source)
        postgres = PostgresPool(postgres_settings(source))
        stack.push_async_callback(postgres.close)
        cassandra = CassandraSession(cassandra_settings(source), lambda: policies.current().read_consistency)
        stack.push_async_callback(cassandra.close)
        redis = RedisClusterClient(redis_settings(source))
        stack.push_async_callback(redis.close)
        # last, so that it is closed first: what it flushes discards outbox records, and those are in Cassandra
        publisher = await stack.enter_async_context(open_publisher(kafka_settings(source), KAFKA_CLIENT_ID))
        yield Connections(postgres, cassandra, redis, publisher, policies)
