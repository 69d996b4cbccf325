"""How long heads live in a real Redis Cluster: no longer than the planner delivers to a viewer who stays away."""

import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead
from photo_core.domain.feed.layout import feed_key
from photo_core.engines.redis import redis_settings
from photo_core.ports.feeds import Graft
from photo_core.settings import FeedSettings, process_source
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command
from photo_core.stores.redis.feeds import RedisFeedCache

pytestmark = pytest.mark.real
DAY_MS = 86_400_000


@pytest.fixture
async def client() -> AsyncIterator[RedisClusterClient]:
    opened = RedisClusterClient(redis_settings(process_source()))
    yield opened
    await opened.close()


async def test_a_head_that_is_taken_along_to_another_graph_lives_no_longer_for_it(client: RedisClusterClient) -> None:
    prefix, viewer = f"{redis_settings(process_source()).key_prefix}life:", secrets.randbits(62)
    short, long = (RedisFeedCache(client, prefix, FeedSettings(inactive_after_days=days)) for days in (1, 9))
    await short.finish_rebuild(viewer, await short.begin_rebuild(viewer), FeedHead((3,), 0), 1)
    await long.advance(FollowGraph(viewer, 2, frozenset()), Graft())
    key = feed_key(prefix, viewer)
    (left,) = await client.run_all([Command(key, (b"PTTL", key))])
    assert 0 < left.reply <= DAY_MS
    await long.keep_alive(viewer)
    (left,) = await client.run_all([Command(key, (b"PTTL", key))])
    assert left.reply > DAY_MS
