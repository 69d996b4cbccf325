"""Which posts of a page the viewer likes."""

import asyncio
from collections.abc import Collection, Coroutine

import pytest

from photo_core.breaker import EngineGuard
from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine
from photo_core.fakes.feeds import MASTERS, FakeFeedCache, FakeLikedCache
from photo_core.fakes.interactions import FakeLikes
from photo_core.fakes.posts import FakeOutbox
from photo_core.feeds.liked import LikedPosts
from photo_core.feeds.viewers import SeenViewer

VIEWER = 1


class CountedLikes(FakeLikes):
    """Counts the questions of pages."""

    def __init__(self, outbox: FakeOutbox) -> None:
        super().__init__(outbox)
        self.asked = 0

    async def liked_by(self, user_id: int, post_ids: Collection[int]) -> frozenset[int]:
        self.asked += 1
        return await super().liked_by(user_id, post_ids)


class World:
    """A viewer who likes posts 3 and 5."""

    def __init__(self) -> None:
        self.outbox = FakeOutbox()
        self.likes = CountedLikes(self.outbox)
        self.feeds = FakeFeedCache()
        self.tasks: list[asyncio.Task[object]] = []
        guard = EngineGuard(Engine.CASSANDRA, lambda: self.likes.liked_by(VIEWER, []), 1)
        self.liked = LikedPosts(self.likes, guard, FakeLikedCache(self.feeds), self._start)

    async def seen(self, version: int = 0) -> SeenViewer:
        cached = await self.feeds.read(VIEWER)
        liked = whole_head(cached.liked, cached.epoch, version)
        graph = FollowGraph(VIEWER, 0, frozenset())
        return SeenViewer(graph, frozenset(), FeedMode.PUSH, liked=liked, liked_version=version, by_redis=True)

    def _start(self, work: Coroutine[None, None, object]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))


@pytest.fixture
async def world() -> World:
    made = World()
    for post_id in (3, 5):
        await made.likes.like(post_id, VIEWER, 0)
        await made.likes.remember(VIEWER, post_id, 0)
    return made


async def test_likes_are_read_back_in_the_background_and_then_answer_alone(world: World) -> None:
    assert await world.liked.among(await world.seen(), [6, 5, 3]) == {5, 3}
    await asyncio.gather(*world.tasks)
    assert await world.liked.among(await world.seen(), [6, 5, 3]) == {5, 3}
    assert (world.likes.asked, len(world.tasks)) == (1, 1)


async def test_below_what_redis_holds_whole_the_truth_is_asked(world: World) -> None:
    seen = SeenViewer(
        FollowGraph(VIEWER, 0, frozenset()),
        frozenset(),
        FeedMode.PUSH,
        liked=FeedHead((5,), 4),
        liked_version=0,
        by_redis=True,
    )
    assert await world.liked.among(seen, [6, 5, 3]) == {5, 3}
    assert await world.liked.among(seen, [6, 5]) == {5}
    assert (world.likes.asked, world.tasks) == (1, [])


async def test_a_head_of_another_version_of_the_likes_is_read_back(world: World) -> None:
    await world.liked.among(await world.seen(), [5])
    await asyncio.gather(*world.tasks)
    assert (await world.seen(version=1)).liked is None
    assert await world.liked.among(await world.seen(version=1), [6, 5, 3]) == {5, 3}
    await asyncio.gather(*world.tasks)
    assert await world.liked.among(await world.seen(version=1), [6, 5, 3]) == {5, 3}
    assert world.likes.asked == 2


async def test_who_does_not_know_the_version_of_the_likes_asks_the_truth_and_reads_nothing_back(world: World) -> None:
    seen = SeenViewer(FollowGraph(VIEWER, 0, frozenset()), frozenset(), FeedMode.STALE, by_redis=True)
    assert await world.liked.among(seen, [6, 5, 3]) == {5, 3}
    assert (world.likes.asked, world.tasks) == (1, [])


async def test_a_page_without_posts_asks_nobody(world: World) -> None:
    assert await world.liked.among(await world.seen(), []) == frozenset()
    assert world.likes.asked == 0


async def test_without_cassandra_nothing_is_told_that_is_not_known(world: World) -> None:
    world.outbox.available = False
    assert await world.liked.among(await world.seen(), [5]) == frozenset()


async def test_a_failover_that_lost_a_removal_does_not_bring_the_like_back(world: World) -> None:
    await world.liked.among(await world.seen(), [5])
    await asyncio.gather(*world.tasks)
    await world.likes.forget(VIEWER, 5)
    await FakeLikedCache(world.feeds).forget(VIEWER)
    world.feeds.fail_over(VIEWER % MASTERS, lost_writes=1)
    assert await world.liked.among(await world.seen(), [5, 3]) == {3}
    await asyncio.gather(*world.tasks)
    assert await world.liked.among(await world.seen(), [5, 3]) == {3}
    assert (await world.seen()).liked is not None
