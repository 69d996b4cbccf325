"""The purge worker's connections: what `photo-workers run purge` opens, for posts and accounts alike."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.object_storage import object_storage_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.engines.redis import redis_settings
from photo_core.ids import IdMinter, keep_leased
from photo_core.settings import Variable, feed_settings
from photo_core.stores.cassandra.comments import CassandraComments
from photo_core.stores.cassandra.counters import CassandraTouches
from photo_core.stores.cassandra.erasure import CassandraInteractionErasure
from photo_core.stores.cassandra.likes import CassandraLikes
from photo_core.stores.cassandra.media_uses import CassandraMediaUses
from photo_core.stores.cassandra.operations import CassandraOperations
from photo_core.stores.cassandra.posts import CassandraPosts
from photo_core.stores.cassandra.saves import CassandraSaves
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.postgres.account_deletions import PostgresAccountDeletions
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.feed_state import PostgresFeedStates
from photo_core.stores.postgres.pool import PostgresPool
from photo_core.stores.postgres.worker_ids import PostgresWorkerIdLeases
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache
from photo_core.stores.redis.post_cache import RedisPostCache
from photo_core.stores.s3.storage import S3ObjectStorage
from photo_workers.consume_loop import Handler
from photo_workers.process import WorkerProcess
from photo_workers.purge.account_eraser import AccountEraser, Reactions
from photo_workers.purge.accounts import AccountPurge
from photo_workers.purge.handler import Purge
from photo_workers.purge.surfaces import PostSurfaces


@dataclass(frozen=True)
class PurgeConnections:
    """Clients of the engines."""

    pool: PostgresPool
    session: CassandraSession
    post_cache: RedisPostCache
    feeds: RedisFeedCache


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Yield the handler of deleted posts; the purge of accounts runs as long as it is open."""
    redis = redis_settings(process.source)
    pool, client = PostgresPool(postgres_settings(process.source)), RedisClusterClient(redis)
    session = CassandraSession(cassandra_settings(process.source))
    feeds = RedisFeedCache(client, redis.key_prefix, feed_settings(process.source))
    to = PurgeConnections(pool, session, RedisPostCache(client, redis.key_prefix), feeds)
    minter = IdMinter(process.clock)
    holder = f"{process.source.text(Variable.POD_NAME, 'purge')}-{secrets.token_hex(4)}"
    async with AsyncExitStack() as stack:
        for engine in (pool, client, session):
            stack.push_async_callback(engine.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        # a task that fails ends the process instead of going unnoticed
        accounts = build_account_purge(process, to, minter)
        beside = (
            keep_leased(minter, PostgresWorkerIdLeases(pool), holder, process.clock),
            accounts.run(process.draining),
        )
        started = [tasks.create_task(each) for each in beside]
        yield Purge(
            CassandraPosts(session), CassandraOperations(session), build_surfaces(process, to), process.clock
        ).handle
        for task in started:
            task.cancel()


def build_surfaces(process: WorkerProcess, to: PurgeConnections) -> PostSurfaces:
    """Return the surfaces of a post."""
    return PostSurfaces(
        posts=CassandraPosts(to.session),
        post_cache=to.post_cache,
        feed_states=PostgresFeedStates(to.pool),
        interactions=CassandraInteractionErasure(to.session),
        media_uses=CassandraMediaUses(to.session),
        accounts=PostgresAccounts(to.pool),
        objects=S3ObjectStorage(object_storage_settings(process.source)),
        clock=process.clock,
    )


def build_account_purge(process: WorkerProcess, to: PurgeConnections, minter: IdMinter) -> AccountPurge:
    """Return the purge of accounts."""
    deletions = PostgresAccountDeletions(to.pool)
    reactions = Reactions(
        CassandraLikes(to.session),
        CassandraComments(to.session),
        CassandraSaves(to.session),
        CassandraTouches(to.session),
    )
    eraser = AccountEraser(
        posts=CassandraPosts(to.session),
        post_cache=to.post_cache,
        reactions=reactions,
        deletions=deletions,
        publisher=process.publisher,
        minter=minter,
        clock=process.clock,
    )
    return AccountPurge(
        deletions=deletions,
        operations=CassandraOperations(to.session),
        eraser=eraser,
        feeds=to.feeds,
        clock=process.clock,
        settled_after_ms=process.source.seconds(Variable.ACCOUNTS_SETTLE_AFTER, "1m") * 1000,
    )
