"""Own posts that Redis has not confirmed."""

import asyncio
from collections.abc import Sequence

import pytest

from photo_core.breaker import RedisGuard, guarded_feed_cache
from photo_core.domain.accounts import PullRange
from photo_core.errors import EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.feeds.own_posts import POSTS_REMEMBERED, REMEMBERED_SECONDS, OwnPostAppender, OwnPosts

AUTHOR = 7


@pytest.fixture
def own_posts() -> OwnPosts:
    return OwnPosts(FakeClock())


async def test_a_confirmed_post_need_not_be_pulled(own_posts: OwnPosts) -> None:
    cache = FakeFeedCache()
    await OwnPostAppender(guarded_feed_cache(cache, RedisGuard(cache.probe)), own_posts).append(AUTHOR, 1)
    assert own_posts.ranges_of(AUTHOR) == ()


class HangingFeedCache(FakeFeedCache):
    """Never confirms an append."""

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        await asyncio.Event().wait()
        await super().append(post_id, followers)


async def test_a_post_that_was_refused_is_pulled(own_posts: OwnPosts) -> None:
    cache = FakeFeedCache()
    cache.fail()
    with pytest.raises(EngineUnavailable):
        await OwnPostAppender(guarded_feed_cache(cache, RedisGuard(cache.probe)), own_posts).append(AUTHOR, 1)
    assert own_posts.ranges_of(AUTHOR) == (PullRange(AUTHOR, 1, 1),)


async def test_a_post_whose_author_was_not_made_to_wait_is_pulled(own_posts: OwnPosts) -> None:
    cache = HangingFeedCache()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await OwnPostAppender(guarded_feed_cache(cache, RedisGuard(cache.probe)), own_posts).append(AUTHOR, 1)
    assert own_posts.ranges_of(AUTHOR) == (PullRange(AUTHOR, 1, 1),)


def test_what_is_forgotten_is_not_pulled_any_more(own_posts: OwnPosts) -> None:
    own_posts.remember(AUTHOR, 3)
    assert own_posts.ranges_of(AUTHOR) == (PullRange(AUTHOR, 3, 3),)
    own_posts.forget(AUTHOR, 3)
    own_posts.forget(AUTHOR, 3)
    assert own_posts.ranges_of(AUTHOR) == ()


def test_posts_are_remembered_for_a_while_and_not_without_bound() -> None:
    clock = FakeClock()
    own_posts = OwnPosts(clock)
    own_posts.remember(AUTHOR, 1)
    clock.advance(REMEMBERED_SECONDS + 1)
    own_posts.remember(AUTHOR, 2)
    assert own_posts.ranges_of(AUTHOR) == (PullRange(AUTHOR, 2, 2),)
    for post_id in range(3, POSTS_REMEMBERED + 3):
        own_posts.remember(8, post_id)
    assert own_posts.ranges_of(AUTHOR) == ()
