"""What every InteractionErasure does."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from photo_core.clock import SystemClock
from photo_core.domain.ids import MAX_ID
from photo_core.domain.interactions import Comment, Membership, Tally
from photo_core.fakes.interactions import FakeComments, FakeCounters, FakeInteractionErasure, FakeLikes
from photo_core.fakes.posts import FakeOutbox
from photo_core.ports.comments import Comments
from photo_core.ports.counters import Counters
from photo_core.ports.erasure import InteractionErasure
from photo_core.ports.likes import Likes
from photo_core.stores.cassandra.comments import CassandraComments
from photo_core.stores.cassandra.counters import CassandraCounters
from photo_core.stores.cassandra.erasure import CassandraInteractionErasure
from photo_core.stores.cassandra.likes import CassandraLikes
from tests.support.engines import cassandra

NOW_MS = SystemClock().now_ms()
ROWS_A_PAGE = 2


@dataclass(frozen=True)
class Stores:
    likes: Likes
    comments: Comments
    counters: Counters
    erasure: InteractionErasure

    async def react(self, post_id: int, user_id: int) -> Comment:
        """Like a post, comment on it, and count both."""
        await self.likes.like(post_id, user_id, NOW_MS)
        await self.likes.remember(user_id, post_id, NOW_MS)
        comment = Comment(secrets.randbits(62), post_id, user_id, "bob", "oh", NOW_MS)
        await self.comments.create(comment)
        await self.counters.store([Tally(post_id, 1, 1, position=1 << 50)])
        return comment


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "fake":
        outbox = FakeOutbox()
        likes, comments, counters = FakeLikes(outbox), FakeComments(outbox), FakeCounters(outbox)
        yield Stores(likes, comments, counters, FakeInteractionErasure(likes, comments, counters, outbox))
        return
    async with cassandra() as session:
        yield Stores(
            CassandraLikes(session, ROWS_A_PAGE),
            CassandraComments(session, ROWS_A_PAGE),
            CassandraCounters(session),
            CassandraInteractionErasure(session, ROWS_A_PAGE),
        )


async def test_nothing_is_left_of_what_people_did_to_a_post(stores: Stores) -> None:
    gone, kept, user = secrets.randbits(62), secrets.randbits(62), secrets.randbits(62)
    lost, found = await stores.react(gone, user), await stores.react(kept, user)
    await stores.erasure.erase(gone)
    assert await stores.likes.members(gone) == Membership()
    assert await stores.likes.liked_by(user, [gone, kept]) == {kept}
    assert await stores.comments.page(gone, MAX_ID, 5) == []
    assert await stores.comments.get(lost.comment_id) is None
    assert await stores.comments.get(found.comment_id) == found
    assert await stores.comments.by_author(user, MAX_ID, 5) == [found]
    assert set(await stores.counters.get_many([gone, kept])) == {kept}
    assert await stores.likes.members(kept) == Membership(1, user)


async def test_the_likes_of_a_hot_post_are_removed_wherever_they_stand(stores: Stores) -> None:
    post, early, late = secrets.randbits(62), secrets.randbits(62), secrets.randbits(62)
    await stores.react(post, early)
    await stores.likes.spread(post)
    await stores.react(post, late)
    await stores.erasure.erase(post)
    assert not await stores.likes.liked(post, early)
    assert not await stores.likes.liked(post, late)
    assert await stores.likes.liked_by(late, [post]) == frozenset()


async def test_an_erasure_may_be_repeated_and_may_find_nothing(stores: Stores) -> None:
    post, user = secrets.randbits(62), secrets.randbits(62)
    await stores.erasure.erase(post)
    await stores.react(post, user)
    await stores.erasure.erase(post)
    await stores.erasure.erase(post)
    assert await stores.comments.page(post, MAX_ID, 5) == []


@pytest.mark.parametrize("count", [ROWS_A_PAGE, 2 * ROWS_A_PAGE + 1])
async def test_a_post_that_many_reacted_to_is_counted_and_erased_page_by_page(stores: Stores, count: int) -> None:
    post, users = secrets.randbits(62), [secrets.randbits(62) for _ in range(count)]
    comments = [await stores.react(post, user) for user in users]
    assert await stores.likes.members(post) == Membership(count, sum(users))
    assert await stores.comments.members(post) == Membership(count, sum(each.comment_id for each in comments))
    await stores.erasure.erase(post)
    assert await stores.likes.members(post) == await stores.comments.members(post) == Membership()
    assert [await stores.likes.liked_by(user, [post]) for user in users] == [frozenset()] * count
    assert [await stores.comments.get(each.comment_id) for each in comments] == [None] * count


async def test_a_hot_post_that_nobody_likes_any_more_is_erased(stores: Stores) -> None:
    post, user = secrets.randbits(62), secrets.randbits(62)
    await stores.likes.spread(post)
    await stores.erasure.erase(post)
    assert await stores.likes.like(post, user, NOW_MS)
