import asyncio
from collections.abc import Coroutine

import pytest

from photo_app.likes.liked_cache import LikedCacheUpdater
from photo_core.domain.accounts import NewAccount
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.errors import EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.feeds import FakeFeedCache, FakeLikedCache
from photo_core.fakes.graph_state import GraphState

VIEWER = 7


class World:
    """A viewer with a whole head of likes in Redis."""

    def __init__(self) -> None:
        self.masters = FakeFeedCache()
        self.cache = FakeLikedCache(self.masters)
        self.accounts = FakeAccounts()
        self.states = FakeFeedStates(GraphState(self.accounts))
        self.tasks: list[asyncio.Task[object]] = []
        self.heads = LikedCacheUpdater(self.cache, self.states, self.start)

    async def liked(self) -> set[int] | None:
        """Return what a read finds that begins now."""
        version = (await self.states.versions([VIEWER])).liked[VIEWER]
        kept = await self.masters.read(VIEWER)
        head = whole_head(kept.liked, kept.epoch, version)
        return None if head is None else set(head.post_ids)

    def start(self, work: Coroutine[None, None, object]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))


@pytest.fixture
async def world() -> World:
    world = World()
    await world.accounts.create(NewAccount(VIEWER, "viewer", "no password"))
    nonce = await world.cache.begin_rebuild(VIEWER)
    assert await world.cache.finish_rebuild(VIEWER, nonce, FeedHead((3,), 0), 0)
    return world


async def test_a_like_is_added_and_its_removal_forgets_all(world: World) -> None:
    await world.heads.add(VIEWER, 5)
    assert await world.liked() == {3, 5}
    await world.heads.forget(VIEWER)
    assert await world.liked() is None


async def test_a_head_that_redis_was_not_told_about_is_whole_for_nobody_who_reads_later(world: World) -> None:
    world.masters.fail()
    await world.heads.add(VIEWER, 5)
    world.masters.become_reachable()
    assert await world.liked() is None


async def test_a_removal_that_redis_was_not_told_of_is_obeyed_as_well(world: World) -> None:
    world.masters.fail()
    await world.heads.forget(VIEWER)
    world.masters.become_reachable()
    assert await world.liked() is None


async def test_a_like_that_nobody_could_be_told_of_is_not_answered(world: World) -> None:
    world.masters.fail()
    world.accounts.available = False
    with pytest.raises(EngineUnavailable):
        await world.heads.add(VIEWER, 5)


class Hanging(FakeLikedCache):
    """Redis hangs where a head is forgotten."""

    async def forget(self, viewer_id: int) -> None:  # noqa: ARG002 - the port's
        await asyncio.get_running_loop().create_future()


async def test_a_head_whose_forgetting_was_given_up_is_outdated(world: World) -> None:
    heads = LikedCacheUpdater(Hanging(world.masters), world.states, world.start)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await heads.forget(VIEWER)
    await asyncio.gather(*world.tasks)
    assert await world.liked() is None
