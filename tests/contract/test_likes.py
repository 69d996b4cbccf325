"""What every Likes does."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from photo_core.domain.ids import MAX_ID
from photo_core.domain.interactions import Membership
from photo_core.fakes.interactions import FakeLikes
from photo_core.fakes.posts import FakeOutbox
from photo_core.ports.likes import Likes
from photo_core.stores.cassandra.likes import CassandraLikes
from tests.support.engines import cassandra

AT_MS = 1_800_000_000_000


@dataclass(frozen=True)
class Pods:
    """`likes` is one process's; `other` makes another process's over the same rows."""

    likes: Likes
    other: Callable[[], Likes]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def pods(request: pytest.FixtureRequest) -> AsyncIterator[Pods]:
    if request.param == "fake":
        fake = FakeLikes(FakeOutbox())
        yield Pods(fake, lambda: fake)
        return
    async with cassandra() as session:
        yield Pods(CassandraLikes(session), lambda: CassandraLikes(session))


@pytest.fixture
def likes(pods: Pods) -> Likes:
    return pods.likes


@pytest.fixture
def post() -> int:
    return secrets.randbits(62)


async def test_a_like_is_a_transition_once(likes: Likes, post: int) -> None:
    assert not await likes.liked(post, 7)
    assert await likes.like(post, 7, AT_MS)
    assert not await likes.like(post, 7, AT_MS + 1)
    assert await likes.liked(post, 7)
    assert await likes.count(post, 10) == 1


async def test_an_unlike_is_a_transition_once(likes: Likes, post: int) -> None:
    assert not await likes.unlike(post, 7)
    await likes.like(post, 7, AT_MS)
    assert await likes.unlike(post, 7)
    assert not await likes.unlike(post, 7)
    assert not await likes.liked(post, 7)
    assert await likes.count(post, 10) == 0
    assert await likes.like(post, 7, AT_MS)


async def test_of_many_at_once_one_is_the_transition(likes: Likes, post: int) -> None:
    assert sum(await asyncio.gather(*(likes.like(post, 7, AT_MS) for _ in range(4)))) == 1
    assert sum(await asyncio.gather(*(likes.unlike(post, 7) for _ in range(4)))) == 1


async def test_a_count_above_the_limit_is_not_told(likes: Likes, post: int) -> None:
    for user in range(4):
        await likes.like(post, user, AT_MS)
    assert await likes.count(post, 4) == 4
    assert await likes.count(post, 3) is None


async def test_the_members_of_a_post_differ_when_others_like_it(likes: Likes, post: int) -> None:
    assert await likes.members(post) == Membership()
    one, other = MAX_ID, MAX_ID - 5
    await likes.like(post, one, AT_MS)
    first = await likes.members(post)
    await likes.unlike(post, one)
    await likes.like(post, other, AT_MS)
    second = await likes.members(post)
    assert (first.count, second.count) == (1, 1)
    assert first.fingerprint != second.fingerprint
    await likes.like(post, one, AT_MS)
    assert (await likes.members(post)).count == 2


async def test_likes_of_a_post_that_was_spread_stay_and_count_once(pods: Pods, post: int) -> None:
    for user in (1, 2, 3):
        await pods.likes.like(post, user, AT_MS)
    await pods.other().spread(post)
    await pods.other().spread(post)
    for likes in (pods.likes, pods.other()):
        assert not await likes.like(post, 1, AT_MS)
        assert await likes.like(post, 4, AT_MS)
        assert not await likes.like(post, 4, AT_MS)
        assert await likes.liked(post, 4)
        assert await likes.count(post, 10) == 4
        assert (await likes.members(post)).count == 4
        assert await likes.unlike(post, 4)
        assert not await likes.unlike(post, 4)


async def test_who_liked_before_the_spread_can_undo_it_and_like_again(pods: Pods, post: int) -> None:
    await pods.likes.like(post, 1, AT_MS)
    await pods.other().spread(post)
    for likes in (pods.likes, pods.other(), pods.likes):
        assert await likes.unlike(post, 1)
        assert not await likes.unlike(post, 1)
        assert await likes.count(post, 10) == 0
        assert await likes.like(post, 1, AT_MS)
        assert await likes.count(post, 10) == 1


async def test_a_post_that_nobody_likes_can_be_spread(pods: Pods, post: int) -> None:
    await pods.likes.spread(post)
    assert await pods.other().count(post, 10) == 0
    assert not await pods.other().unlike(post, 1)
    assert await pods.other().like(post, 1, AT_MS)
    assert await pods.likes.count(post, 10) == 1


async def test_what_a_user_likes_is_found_among_posts_and_newest_first(likes: Likes, post: int) -> None:
    user = secrets.randbits(62)
    for each in (post, post + 1, post + 2):
        await likes.remember(user, each, AT_MS)
    await likes.forget(user, post + 1)
    assert await likes.liked_by(user, [post, post + 1, post + 9]) == {post}
    assert await likes.liked_by(user, []) == frozenset()
    assert await likes.newest_liked(user, MAX_ID, 5) == [post + 2, post]
    assert await likes.newest_liked(user, post + 2, 5) == [post]
    assert await likes.newest_liked(user, MAX_ID, 1) == [post + 2]
