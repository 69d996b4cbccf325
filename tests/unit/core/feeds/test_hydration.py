"""From ids to posts: the cache first, the truth for what it misses, tombstones over everything."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping

import pytest

from photo_core.breaker import EngineGuard, RedisGuard, guarded_post_cache
from photo_core.domain.interactions import Tally
from photo_core.domain.posts import Post
from photo_core.errors import Engine
from photo_core.fakes.interactions import FakeCounters
from photo_core.fakes.post_cache import FakePostCache
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.feeds.hydration import Hydration, PostTruth
from photo_core.ports.post_cache import PostCounts
from photo_core.ports.posts import OutboxRecord

AUTHOR = 7
EVENT = OutboxRecord(1, "posts.created", "7", b"")


class CountedPosts(FakePosts):
    """Remembers which posts were asked for."""

    def __init__(self, outbox: FakeOutbox) -> None:
        super().__init__(outbox)
        self.asked: list[set[int]] = []

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Post]:
        self.asked.append(set(post_ids))
        return await super().get_many(post_ids)


class World:
    """Posts 1 to 3 in the truth, and an empty cache."""

    def __init__(self) -> None:
        self.outbox = FakeOutbox()
        self.posts = CountedPosts(self.outbox)
        self.counters = FakeCounters(self.outbox)
        self.cache = FakePostCache()
        self.tasks: list[asyncio.Task[object]] = []
        guard = EngineGuard(Engine.CASSANDRA, lambda: self.posts.get_many([]), 1)
        truth = PostTruth(self.posts, self.counters, guard, lambda post: b'{"post_id":"%d"' % post.post_id)
        self.hydration = Hydration(truth, guarded_post_cache(self.cache, RedisGuard(self._probe)), self._start)

    async def hydrated(self, *post_ids: int) -> dict[int, tuple[int | None, int | None]]:
        """Return the counts of the posts found, and wait for what runs behind."""
        found = (await self.hydration.cached(post_ids)).posts
        await asyncio.gather(*self.tasks)
        return {post_id: (post.likes, post.comments) for post_id, post in found.items()}

    def _start(self, work: Coroutine[None, None, object]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    async def _probe(self) -> None:
        return None


@pytest.fixture
async def world() -> World:
    made = World()
    for post_id in (1, 2, 3):
        await made.posts.create(Post(post_id, AUTHOR, "bob", (), "", 0), EVENT)
    await made.counters.store([Tally(2, likes=5, comments=1, position=9)])
    return made


async def test_a_miss_is_read_from_the_truth_once_with_its_counts(world: World) -> None:
    assert await world.hydrated(1, 2) == {1: (0, 0), 2: (5, 1)}
    assert await world.hydrated(1, 2) == {1: (0, 0), 2: (5, 1)}
    assert world.posts.asked == [{1, 2}]


async def test_counts_that_are_newer_in_the_cache_are_not_overwritten(world: World) -> None:
    await world.hydrated(2)
    await world.cache.set_counts([PostCounts(2, likes=6, comments=1, offset=10)])
    assert await world.hydrated(2) == {2: (6, 1)}


async def test_a_tombstone_hides_a_post_that_the_truth_still_shows(world: World) -> None:
    await world.cache.bury(1)
    assert await world.hydrated(1, 2) == {2: (5, 1)}
    assert world.posts.asked == [{2}]


async def test_a_post_that_is_deleted_or_never_was_is_absent(world: World) -> None:
    await world.posts.delete(Post(1, AUTHOR, "bob", (), "", 0), 5, EVENT)
    hydrated = await world.hydration.cached([1, 99])
    assert (dict(hydrated.posts), hydrated.complete) == ({}, True)


async def test_a_deletion_is_obeyed_by_readers_that_come_while_the_post_is_read(world: World) -> None:
    early = asyncio.create_task(world.hydration.true([1]))
    await asyncio.sleep(0)
    await world.posts.delete(Post(1, AUTHOR, "bob", (), "", 0), 5, EVENT)
    assert dict((await world.hydration.true([1])).posts) == {}
    await early


async def test_without_redis_posts_come_from_the_truth_and_nothing_is_kept(world: World) -> None:
    world.cache.fail()
    assert await world.hydrated(2) == {2: (5, 1)}
    assert world.tasks == []


async def test_without_cassandra_what_is_cached_is_shown_and_the_rest_left_out(world: World) -> None:
    await world.hydrated(2)
    world.outbox.available = False
    hydrated = await world.hydration.cached([1, 2])
    assert (list(hydrated.posts), hydrated.complete) == ([2], False)


async def test_at_hand_is_what_the_cache_holds(world: World) -> None:
    await world.hydrated(2)
    asked = len(world.posts.asked)
    hydrated = await world.hydration.at_hand([1, 2])
    assert (list(hydrated.posts), hydrated.complete) == ([2], False)
    world.cache.fail()
    assert dict((await world.hydration.at_hand([2])).posts) == {}
    assert len(world.posts.asked) == asked
