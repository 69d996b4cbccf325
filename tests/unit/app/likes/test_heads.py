import asyncio

import pytest

from photo_app.likes.heads import LikedHeads
from photo_core.domain.feed.head import LIKED_VERSION, FeedHead, whole_head
from photo_core.fakes.feeds import FakeFeedCache, FakeLikedCache

VIEWER = 7


class World:
    """A viewer with a whole head of likes in Redis."""

    def __init__(self) -> None:
        self.masters = FakeFeedCache()
        self.cache = FakeLikedCache(self.masters)
        self.heads = LikedHeads(self.cache)

    async def liked(self, viewer_id: int = VIEWER) -> set[int] | None:
        kept = await self.masters.read(viewer_id)
        head = whole_head(kept.liked, kept.epoch, LIKED_VERSION)
        return None if head is None else set(head.post_ids)


@pytest.fixture
async def world() -> World:
    world = World()
    nonce = await world.cache.begin_rebuild(VIEWER)
    assert await world.cache.finish_rebuild(VIEWER, nonce, FeedHead((3,), 0))
    return world


async def test_a_like_is_added_and_its_removal_forgets_all(world: World) -> None:
    await world.heads.add(VIEWER, 5)
    assert await world.liked() == {3, 5}
    await world.heads.forget(VIEWER)
    assert await world.liked() is None


async def test_a_head_that_redis_was_not_told_about_is_forgotten_with_the_next_like(world: World) -> None:
    world.masters.fail()
    await world.heads.add(VIEWER, 5)
    world.masters.resume()
    assert await world.liked() == {3}
    await world.heads.add(99, 5)
    assert await world.liked() is None


class Hanging(FakeLikedCache):
    """Redis hangs where a head is forgotten, the first time."""

    hangs = True

    async def forget(self, viewer_id: int) -> None:
        if self.hangs:
            self.hangs = False
            await asyncio.get_running_loop().create_future()
        await super().forget(viewer_id)


async def test_a_head_whose_forgetting_was_given_up_is_forgotten_with_the_next_like(world: World) -> None:
    heads = LikedHeads(Hanging(world.masters))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heads.forget(VIEWER), 0.01)
    assert await world.liked() == {3}
    await heads.add(99, 5)
    assert await world.liked() is None
