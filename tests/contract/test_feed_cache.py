"""What every FeedCache and LikedCache does; the real one runs on the Redis Cluster that the environment names."""

import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead, slack, whole_head
from photo_core.engines.redis import redis_settings
from photo_core.fakes.feeds import FakeFeedCache, FakeLikedCache
from photo_core.ports.feeds import FeedCache, Graft, LikedCache
from photo_core.settings import FeedSettings, process_source
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache, RedisLikedCache

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


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def caches(request: pytest.FixtureRequest) -> AsyncIterator[tuple[FeedCache, LikedCache]]:
    if request.param == "fake":
        feeds = FakeFeedCache(CAP)
        yield feeds, FakeLikedCache(feeds)
        return
    settings = redis_settings(process_source())
    client, limits = RedisClusterClient(settings), FeedSettings(cap=CAP, inactive_after_days=1)
    prefix = f"{settings.key_prefix}contract:"
    yield RedisFeedCache(client, prefix, limits), RedisLikedCache(client, prefix, limits)
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


async def test_many_posts_are_added_to_the_feeds_of_each(cache: FeedCache) -> None:
    viewers = [secrets.randbits(62) for _ in range(20)]
    for viewer in viewers:
        await rebuild(cache, viewer)
    same = dict.fromkeys(range(100, 110), viewers)
    await cache.append_many({1: viewers[:10], 2: viewers[5:], 3: [], **same})
    heads = [await head_of(cache, viewer) for viewer in viewers]
    assert all(head is not None and head.post_ids[:10] == tuple(range(109, 99, -1)) for head in heads)
    assert [1 in (head.post_ids if head else ()) for head in heads] == [True] * 10 + [False] * 10
    assert [2 in (head.post_ids if head else ()) for head in heads] == [False] * 5 + [True] * 15


async def test_many_posts_for_a_feed_that_does_not_exist_leave_nothing(cache: FeedCache, viewer: int) -> None:
    await cache.append_many({post_id: [viewer] for post_id in range(20)})
    assert (await cache.read(viewer)).head is None


async def test_a_trim_keeps_what_came_late(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 1000)
    for post_id in range(1001, 1001 + CAP):
        await cache.append(post_id, [viewer])
    late = list(range(900, 900 + slack(CAP)))
    for post_id in reversed(late):
        await cache.append(post_id, [viewer])
    head = await head_of(cache, viewer)
    assert head is not None
    assert set(head.post_ids) == {each for each in (*late, *range(1000, 1001 + CAP)) if each >= head.complete_down_to}
    assert head.post_ids[0] == 1000 + CAP


async def test_a_graph_is_remembered_with_its_feed(cache: FeedCache, viewer: int) -> None:
    assert (await cache.read(viewer)).graph is None
    graph = FollowGraph(viewer, 3, frozenset(range(10, 300)))
    await cache.remember_graph(graph)
    assert (await cache.read(viewer)).graph == graph


@pytest.mark.parametrize("version", [3, 1 << 40, (1 << 53) + 1])
async def test_an_older_graph_does_not_replace_a_newer(cache: FeedCache, viewer: int, version: int) -> None:
    newer, older = FollowGraph(viewer, version, frozenset({1})), FollowGraph(viewer, version - 1, frozenset())
    await cache.remember_graph(older)
    await cache.remember_graph(newer)
    await cache.remember_graph(older)
    assert (await cache.read(viewer)).graph == newer


async def test_a_fenced_graph_is_dropped_and_kept_again_once_it_has_the_change(cache: FeedCache, viewer: int) -> None:
    await cache.remember_graph(FollowGraph(viewer, 3, frozenset({5})))
    await cache.fence_graph(viewer, 3)
    assert (await cache.read(viewer)).graph is None
    await cache.remember_graph(FollowGraph(viewer, 3, frozenset({5})))
    assert (await cache.read(viewer)).graph is None
    changed = FollowGraph(viewer, 4, frozenset())
    await cache.remember_graph(changed)
    assert (await cache.read(viewer)).graph == changed


@pytest.mark.parametrize("version", [0, 2**32 - 2, 2**32 - 1, 2**32])
async def test_a_graph_that_lacks_one_of_two_fenced_changes_is_not_kept(
    cache: FeedCache, viewer: int, version: int
) -> None:
    for _ in range(2):  # both were told the same version of now
        await cache.fence_graph(viewer, version)
    await cache.remember_graph(FollowGraph(viewer, version + 1, frozenset({5})))
    assert (await cache.read(viewer)).graph is None
    both = FollowGraph(viewer, version + 2, frozenset())
    await cache.remember_graph(both)
    assert (await cache.read(viewer)).graph == both


async def test_a_fence_stands_above_what_is_kept_whatever_version_it_was_told(cache: FeedCache, viewer: int) -> None:
    kept = FollowGraph(viewer, 3, frozenset({5}))
    await cache.remember_graph(kept)
    await cache.fence_graph(viewer, 1)
    await cache.remember_graph(kept)
    assert (await cache.read(viewer)).graph is None


@pytest.mark.parametrize("version", [0, 2**32 - 1])
async def test_a_fence_that_is_taken_back_lets_the_graph_of_now_be_kept(
    cache: FeedCache, viewer: int, version: int
) -> None:
    graph = FollowGraph(viewer, version, frozenset({5}))
    await cache.fence_graph(viewer, version)
    await cache.keep_alive(viewer)
    await cache.unfence_graph(viewer)
    await cache.remember_graph(graph)
    assert (await cache.read(viewer)).graph == graph


async def test_a_fence_that_a_failover_has_lowered_already_is_lowered_to_the_first_version_at_most(
    cache: FeedCache, viewer: int
) -> None:
    await cache.fence_graph(viewer, 0)
    for _ in range(2):  # one of them for a fence that was lost
        await cache.unfence_graph(viewer)
    graph = FollowGraph(viewer, 0, frozenset({5}))
    await cache.remember_graph(graph)
    assert (await cache.read(viewer)).graph == graph


async def test_taking_back_a_fence_that_is_none_changes_nothing(cache: FeedCache, viewer: int) -> None:
    await cache.unfence_graph(viewer)
    graph = FollowGraph(viewer, 3, frozenset({5}))
    await cache.remember_graph(graph)
    await cache.unfence_graph(viewer)
    assert (await cache.read(viewer)).graph == graph


async def test_a_whole_head_is_taken_along_to_the_next_graph(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 30, 10)
    graph = FollowGraph(viewer, GRAPH + 1, frozenset({5}))
    await cache.advance(graph, Graft((40, 20), 15))
    assert await head_of(cache, viewer) is None
    assert await head_of(cache, viewer, GRAPH + 1) == FeedHead((40, 30, 20), 15)
    assert (await cache.read(viewer)).graph == graph


async def test_a_graft_never_lowers_the_watermark(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 30, complete_down_to=25)
    await cache.advance(FollowGraph(viewer, GRAPH + 1, frozenset()), Graft((40, 20), 0))
    assert await head_of(cache, viewer, GRAPH + 1) == FeedHead((40, 30), 25)


async def test_a_head_of_another_graph_is_not_taken_along(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 30)
    await cache.advance(FollowGraph(viewer, GRAPH + 2, frozenset()), Graft())
    assert await head_of(cache, viewer, GRAPH + 2) is None
    assert await head_of(cache, viewer) == FeedHead((30,), 0)


async def test_a_building_head_is_not_taken_along(cache: FeedCache, viewer: int) -> None:
    nonce = await cache.begin_rebuild(viewer)
    await cache.advance(FollowGraph(viewer, GRAPH + 1, frozenset()), Graft((40,), 0))
    assert await head_of(cache, viewer, GRAPH + 1) is None
    assert await cache.finish_rebuild(viewer, nonce, FeedHead((30,), 0), GRAPH + 1)
    assert await head_of(cache, viewer, GRAPH + 1) == FeedHead((30,), 0)


async def test_what_is_kept_can_be_kept_alive(cache: FeedCache, viewer: int) -> None:
    await rebuild(cache, viewer, 30)
    await cache.keep_alive(viewer)
    assert await head_of(cache, viewer) == FeedHead((30,), 0)


async def liked_of(feeds: FeedCache, viewer: int, version: int = 0) -> FeedHead | None:
    cached = await feeds.read(viewer)
    return whole_head(cached.liked, cached.epoch, version)


async def test_likes_are_kept_from_a_rebuild_on(caches: tuple[FeedCache, LikedCache], viewer: int) -> None:
    feeds, liked = caches
    await liked.add(viewer, 5)
    assert await liked_of(feeds, viewer) is None
    nonce = await liked.begin_rebuild(viewer)
    await liked.add(viewer, 7)
    assert await liked.finish_rebuild(viewer, nonce, FeedHead((6, 5), 2), 3)
    await liked.add(viewer, 8)
    assert await liked_of(feeds, viewer, 3) == FeedHead((8, 7, 6, 5), 2)
    assert await liked_of(feeds, viewer, 4) is None


async def test_forgotten_likes_are_rebuilt(caches: tuple[FeedCache, LikedCache], viewer: int) -> None:
    feeds, liked = caches
    nonce = await liked.begin_rebuild(viewer)
    await liked.forget(viewer)
    assert not await liked.finish_rebuild(viewer, nonce, FeedHead((6,), 0), 0)
    assert await liked_of(feeds, viewer) is None
    await liked.forget(viewer)


async def test_likes_are_bounded(caches: tuple[FeedCache, LikedCache], viewer: int) -> None:
    feeds, liked = caches
    nonce = await liked.begin_rebuild(viewer)
    await liked.finish_rebuild(viewer, nonce, FeedHead((), 0), 0)
    last = CAP + slack(CAP) + 1
    for post_id in range(1, last + 1):
        await liked.add(viewer, post_id)
    assert await liked_of(feeds, viewer) == FeedHead(tuple(range(last, last - CAP, -1)), last - CAP + 1)


async def test_accounts_are_marked_as_deleted_until_the_marks_are_taken_back(cache: FeedCache, viewer: int) -> None:
    assert viewer not in await cache.marked_deleted()
    for _ in range(2):
        await cache.mark_deleted(viewer)
        await cache.mark_deleted(viewer + 1)
    assert {viewer, viewer + 1} <= await cache.marked_deleted()
    for _ in range(2):
        await cache.unmark_deleted(viewer)
    assert {viewer, viewer + 1} & await cache.marked_deleted() == {viewer + 1}
    await cache.unmark_deleted(viewer + 1)


async def test_a_serving_cache_answers_its_probe(cache: FeedCache) -> None:
    await cache.probe()
