import asyncio

import pytest

from photo_core.domain.interactions import Comment, Counts, Tally
from photo_core.fakes.interactions import FakeComments, FakeCounters, FakeLikes
from photo_core.fakes.posts import FakeOutbox
from photo_core.feeds.interactions import FEW, Interactions

POST = 5


class World:
    def __init__(self) -> None:
        outbox = FakeOutbox()
        self.likes, self.comments, self.counters = FakeLikes(outbox), FakeComments(outbox), FakeCounters(outbox)
        self.interactions = Interactions(self.likes, self.comments, self.counters)


@pytest.fixture
def world() -> World:
    return World()


async def test_pages_are_told_what_was_counted(world: World) -> None:
    await world.counters.store([Tally(POST, 3, -1, 9)])
    assert await world.interactions.counts_of([POST, 6]) == {POST: Counts(3, 0), 6: Counts()}


async def test_single_posts_are_told_the_rows_of_now_while_they_are_few(world: World) -> None:
    await world.counters.store([Tally(POST, 7, 7, 9)])
    await world.likes.like(POST, 1, 0)
    await world.comments.create(Comment(1, POST, 1, "ada", "nice", 0))
    assert await world.interactions.exact(POST) == Counts(1, 1)
    assert await world.interactions.exact_likes(POST, Counts(7, 7)) == 1


@pytest.mark.parametrize("tallied", [FEW - 1, FEW + 1])
async def test_single_posts_of_many_likes_are_told_what_was_counted(world: World, tallied: int) -> None:
    for user_id in range(FEW + 1):
        await world.likes.like(POST, user_id, 0)
    await world.counters.store([Tally(POST, tallied, 0, 9)])
    assert await world.interactions.exact(POST) == Counts(tallied, 0)


async def test_whoever_asks_together_is_told_what_was_stored_before(world: World) -> None:
    async def liked(user_id: int) -> int:
        await world.likes.like(POST, user_id, 0)
        return await world.interactions.exact_likes(POST, Counts())

    for user_id, count in enumerate(await asyncio.gather(*(liked(user_id) for user_id in range(50)))):
        assert user_id < count <= 50


async def test_what_derives_from_a_like_is_mended_when_the_truth_is_read(world: World) -> None:
    await world.likes.like(POST, 1, 0)
    assert await world.interactions.likes_now(1, POST)
    assert await world.interactions.liked_by(1, [POST]) == {POST}
    await world.likes.unlike(POST, 1)
    assert not await world.interactions.likes_now(1, POST)
    assert await world.interactions.liked_by(1, [POST]) == frozenset()
