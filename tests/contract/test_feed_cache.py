"""What every FeedCache does; the real one runs on the Redis Cluster that the environment names."""

import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.feed.head import FeedHead, slack, whole_head
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.ports.feeds import FeedCache
from photo_core.settings import FeedSettings, process_source, redis_settings
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache

CAP = 40
GRAPH = 7


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[FeedCache]:
    if request.param == "fake":
        yield FakeFeedCache(CAP)
        return
    settings = redis_settings(process_source())
    client = RedisClusterClient(settings)
    yield RedisFeedCache(client, f"{settings.key_prefix}contract:", FeedSettings(cap=CAP, inactive_after_days=1))
    await client.close()


@pytest.fixture
def viewer() -> int:
    return secrets.randbits(62)


async def rebuild(cache: FeedCache, viewer: int, *post_ids: int, complete_down_to: int = 0) -> bool:
    nonce = await cache.begin_rebuild(viewer)
    return await cache.finish_rebuild(viewer, nonce, FeedHead(post_ids, complete_down_to), GRAPH)


async def head_of(cache: FeedCache, viewer: int, graph_version: int = GRAPH) -> FeedHead | None:
    cached = await cache.read(viewer)
    return whole_head(cached.head, cached.epoch, graph_version)


async def test_a_feed_that_was_never_built_is_not_whole(cache: FeedCache, viewer: int) -> None:
    assert await head_of(cache, viewer) is None


async def test_a_post_for_a_feed_that_does_not_exist_leaves_nothing(cache: FeedCache, viewer: int) -> None:
    await cache.append(5, [viewer])
    assert await rebuild(cache, viewer)
    assert await head_of(cache, viewer) == FeedHead((), 0)


async def test_a_rebuilt_feed_is_whole_newest_first(cache: FeedCache, viewer: int) -> None:
    assert await rebuild(cache, viewer, 30, 20, 10, complete_down_to=10)
    assert await head_of(cache, viewer) == FeedHead((30, 20, 10), 10)


async def test_another_graph_version_is_not_whole(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 30)
    assert await head_of(cache, viewer, GRAPH + 1) is None


async def test_appends_in_any_order_and_number_are_read_once_and_sorted(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 20)
    for post_id in (40, 30, 40, 30):
        await cache.append(post_id, [viewer])
    assert await head_of(cache, viewer) == FeedHead((40, 30, 20), 0)


async def test_ids_below_the_watermark_are_left_to_the_timelines(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 20, complete_down_to=20)
    await cache.append(10, [viewer])
    assert await head_of(cache, viewer) == FeedHead((20,), 20)


async def test_the_largest_ids_keep_their_order(cache: FeedCache, viewer: int) -> None:
    largest = (1 << 63) - 1
    await rebuild(cache, viewer, largest - 1)
    await cache.append(largest, [viewer])
    assert await head_of(cache, viewer) == FeedHead((largest, largest - 1), 0)


async def test_one_append_reaches_many_feeds_across_masters(cache: FeedCache) -> None:
    viewers = [secrets.randbits(62) for _ in range(60)]
    for viewer in viewers[:50]:
        await rebuild(cache, viewer)
    await cache.append(9, viewers)
    heads = [await head_of(cache, viewer) for viewer in viewers]
    assert heads == [FeedHead((9,), 0)] * 50 + [None] * 10


async def test_a_building_feed_keeps_what_arrives_and_answers_nothing(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 10)
    nonce = await cache.begin_rebuild(viewer)
    await cache.append(20, [viewer])
    assert await head_of(cache, viewer) is None
    assert await cache.finish_rebuild(viewer, nonce, FeedHead((15,), 0), GRAPH)
    assert await head_of(cache, viewer) == FeedHead((20, 15, 10), 0)


async def test_rebuilds_at_the_same_time_join_and_the_first_to_finish_wins(cache: FeedCache, viewer: int) -> None:
    first, second = await cache.begin_rebuild(viewer), await cache.begin_rebuild(viewer)
    assert first == second
    assert await cache.finish_rebuild(viewer, second, FeedHead((2,), 0), GRAPH)
    assert not await cache.finish_rebuild(viewer, first, FeedHead((1,), 0), GRAPH)
    assert await head_of(cache, viewer) == FeedHead((2,), 0)


async def test_a_rebuild_that_another_followed_does_not_finish(cache: FeedCache, viewer: int) -> None:
    stale = await cache.begin_rebuild(viewer)
    await cache.finish_rebuild(viewer, stale, FeedHead((1,), 0), GRAPH)
    await cache.begin_rebuild(viewer)
    assert not await cache.finish_rebuild(viewer, stale, FeedHead((2,), 0), GRAPH)


async def test_a_feed_beyond_its_cap_is_trimmed_and_its_watermark_rises(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer)
    last = CAP + slack(CAP) + 1
    for post_id in range(1, last + 1):
        await cache.append(post_id, [viewer])
    head = await head_of(cache, viewer)
    assert head == FeedHead(tuple(range(last, last - CAP, -1)), last - CAP + 1)


async def test_a_trim_while_building_is_remembered_at_the_finish(cache: FeedCache, viewer: int) -> None:
    nonce = await cache.begin_rebuild(viewer)
    last = CAP + slack(CAP) + 1
    for post_id in range(1, last + 1):
        await cache.append(post_id, [viewer])
    assert await cache.finish_rebuild(viewer, nonce, FeedHead((), 0), GRAPH)
    head = await head_of(cache, viewer)
    assert head is not None
    assert head.complete_down_to == last - CAP + 1


async def test_repeats_do_not_push_posts_out(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 1)
    for _ in range(2 * CAP):
        await cache.append(2, [viewer])
    assert await head_of(cache, viewer) == FeedHead((2, 1), 0)


async def test_a_serving_cache_answers_its_probe(cache: FeedCache) -> None:
    await cache.probe()
