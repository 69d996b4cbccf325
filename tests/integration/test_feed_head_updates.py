"""Heads that follow a graph through changes at once, on the real engines: whole is whole, or they are not whole.

Needs PostgreSQL, Cassandra and Redis.
"""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from photo_app.follows.feed_heads import FeedHeadUpdater
from photo_app.follows.graph_cache import GraphCacheUpdater
from photo_core.breaker import RedisGuard
from photo_core.clock import SystemClock
from photo_core.domain.accounts import NewAccount
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.ids import compose
from photo_core.domain.posts import Post
from photo_core.engines.redis import redis_settings
from photo_core.feeds.rebuilds import Rebuilds
from photo_core.feeds.timelines import FreshTimelines
from photo_core.messages.topics import Topic
from photo_core.ports.posts import OutboxRecord
from photo_core.settings import FeedSettings, process_source
from photo_core.stores.cassandra.posts import CassandraPosts
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.feed_state import PostgresFeedStates
from photo_core.stores.postgres.follows import PostgresFollows
from photo_core.stores.postgres.restrictions import PostgresRestrictions
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache
from tests.support.engines import cassandra, postgres

pytestmark = pytest.mark.real
CAP = 12
AUTHORS, POSTS_EACH = 4, 5


@dataclass(frozen=True)
class Platform:
    """What the services of follows and restrictions stand on."""

    accounts: PostgresAccounts
    follows: PostgresFollows
    restrictions: PostgresRestrictions
    states: PostgresFeedStates
    posts: CassandraPosts
    feeds: RedisFeedCache

    @property
    def heads(self) -> FeedHeadUpdater:
        snapshots = GraphCacheUpdater(self.follows, self.states, self.feeds, RedisGuard(self.feeds.probe))
        return FeedHeadUpdater(snapshots, self.posts, self.feeds, CAP)

    async def person(self) -> int:
        user_id = some_id()
        await self.accounts.create(NewAccount(user_id, f"u{user_id}", "hash"))
        return user_id

    async def author(self) -> tuple[int, set[int]]:
        author, post_ids = await self.person(), {some_id() for _ in range(POSTS_EACH)}
        for post_id in post_ids:
            event = OutboxRecord(some_id(), Topic.POSTS_CREATED, "", b"")
            await self.posts.create(Post(post_id, author, f"u{author}", (), "", 0), event)
        return author, post_ids

    async def whole_head(self, viewer: int) -> tuple[FeedHead | None, frozenset[int]]:
        """Return the head if it is whole now, and whose posts must be in it."""
        graph, cached = await self.follows.graph(viewer), await self.feeds.read(viewer)
        return whole_head(cached.head, cached.epoch, graph.version), graph.followees


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    redis = redis_settings(process_source())
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(cassandra())
        pool = await stack.enter_async_context(postgres())
        client = RedisClusterClient(redis)
        stack.push_async_callback(client.close)
        yield Platform(
            accounts=PostgresAccounts(pool),
            follows=PostgresFollows(pool),
            restrictions=PostgresRestrictions(pool),
            states=PostgresFeedStates(pool),
            posts=CassandraPosts(session),
            feeds=RedisFeedCache(client, f"{redis.key_prefix}along:", FeedSettings(cap=CAP)),
        )


def some_id() -> int:
    return compose(SystemClock().now_ms(), secrets.randbelow(1 << 13), secrets.randbelow(1 << 10))


async def _nobody_was_away(_: int) -> None:
    return


async def rebuild(platform: Platform, viewer: int) -> None:
    rebuilds = Rebuilds(platform.feeds, platform.follows, FreshTimelines(platform.posts), CAP, _nobody_was_away)
    assert await rebuilds.rebuild(viewer)


async def follow(platform: Platform, viewer: int, author: int) -> None:
    heads = platform.heads
    async with heads.changing(viewer) as fenced:
        followed = await platform.follows.follow(viewer, author)
    assert followed is not None
    await heads.after_gain(fenced, followed.changes, author)


async def unfollow(platform: Platform, viewer: int, author: int) -> None:
    heads = platform.heads
    async with heads.changing(viewer) as fenced:
        unfollowed = await platform.follows.unfollow(viewer, author)
    assert unfollowed is not None
    await heads.after_loss(fenced, unfollowed.changes)


async def mute(platform: Platform, viewer: int, author: int) -> None:
    heads = platform.heads
    async with heads.changing(viewer) as fenced:
        changes = await platform.restrictions.mute(viewer, author)
    await heads.after_loss(fenced, changes or ())


async def unmute(platform: Platform, viewer: int, author: int) -> None:
    heads = platform.heads
    async with heads.changing(viewer) as fenced:
        changes = await platform.restrictions.unmute(viewer, author)
    await heads.after_gain(fenced, changes or (), author)


async def test_a_whole_head_gains_a_new_followees_posts_with_the_follow(platform: Platform) -> None:
    viewer, (author, post_ids) = await platform.person(), await platform.author()
    await rebuild(platform, viewer)
    await follow(platform, viewer, author)
    head, _ = await platform.whole_head(viewer)
    assert head == FeedHead(tuple(sorted(post_ids, reverse=True)), 0)


async def test_a_head_that_is_whole_lacks_nothing_whatever_changes_at_once(platform: Platform) -> None:
    viewer, chance, taken_along = await platform.person(), random.Random(3), 0
    posts = dict([await platform.author() for _ in range(AUTHORS)])
    for at_once in (1, 1, 1, 1, 2, 2, 2, 3, 3, 5):
        await rebuild(platform, viewer)
        drawn = [chance.choice([follow, follow, unfollow, mute, unmute]) for _ in range(at_once)]
        await asyncio.gather(*(change(platform, viewer, chance.choice([*posts])) for change in drawn))
        head, followees = await platform.whole_head(viewer)
        assert (await platform.feeds.read(viewer)).graph == await platform.follows.graph(viewer)
        if head is not None:
            taken_along += 1
            seen = {id_ for author in followees for id_ in posts[author] if id_ >= head.complete_down_to}
            assert seen <= set(head.post_ids)
    assert taken_along >= 4
