"""What every PostCache does; the real one runs on the Redis Cluster that the environment names."""

import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.engines.redis import redis_settings
from photo_core.fakes.post_cache import FakePostCache
from photo_core.ports.post_cache import BURIED, CachedPost, PostCache, PostCounts, PostsRead
from photo_core.settings import process_source
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.post_cache import RedisPostCache

AUTHOR = 9


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[PostCache]:
    if request.param == "fake":
        yield FakePostCache()
        return
    settings = redis_settings(process_source())
    client = RedisClusterClient(settings)
    yield RedisPostCache(client, f"{settings.key_prefix}contract:")
    await client.close()


@pytest.fixture
def post() -> CachedPost:
    return some_post()


def some_post(body: bytes = b'{"caption":"x"') -> CachedPost:
    return CachedPost(secrets.randbits(62), AUTHOR, body)


async def fill(cache: PostCache, *posts: CachedPost) -> None:
    read = await cache.read([post.post_id for post in posts])
    await cache.fill(posts, read.lease)


async def test_what_is_not_kept_is_missed_with_a_lease(cache: PostCache, post: CachedPost) -> None:
    read = await cache.read([post.post_id])
    assert read.found == {}
    assert set(read.lease) == {post.post_id}


async def test_posts_that_were_missed_are_kept_across_masters(cache: PostCache) -> None:
    posts = [some_post(b"%d" % number) for number in range(30)]
    await fill(cache, *posts[:20])
    read = await cache.read([post.post_id for post in posts])
    assert read.found == {post.post_id: post for post in posts[:20]}
    assert set(read.lease) == {post.post_id for post in posts[20:]}


async def test_a_post_without_a_lease_is_not_kept(cache: PostCache, post: CachedPost) -> None:
    await cache.fill([post], {})
    assert (await cache.read([post.post_id])).found == {}


async def test_what_was_filled_first_stays(cache: PostCache, post: CachedPost) -> None:
    lease = (await cache.read([post.post_id])).lease
    await cache.fill([post], lease)
    await cache.fill([CachedPost(post.post_id, AUTHOR, b"later")], lease)
    assert (await cache.read([post.post_id])).found == {post.post_id: post}


async def test_a_lease_of_another_life_of_the_master_is_worth_nothing(cache: PostCache, post: CachedPost) -> None:
    await cache.fill([post], {post.post_id: "f" * 16})
    assert (await cache.read([post.post_id])).found == {}
    await fill(cache, post)
    assert (await cache.read([post.post_id])).found == {post.post_id: post}


async def test_a_buried_post_stays_buried(cache: PostCache, post: CachedPost) -> None:
    lease = (await cache.read([post.post_id])).lease
    await cache.bury(post.post_id)
    await cache.fill([post], lease)
    assert await cache.read([post.post_id]) == PostsRead({post.post_id: BURIED}, {})


async def test_a_kept_post_is_buried(cache: PostCache, post: CachedPost) -> None:
    await fill(cache, post)
    await cache.bury(post.post_id)
    assert (await cache.read([post.post_id])).found == {post.post_id: BURIED}


async def test_counts_stand_beside_the_post(cache: PostCache, post: CachedPost) -> None:
    await fill(cache, post)
    await cache.set_counts([PostCounts(post.post_id, likes=3, comments=1, offset=17)])
    read = await cache.read([post.post_id])
    assert read.found == {post.post_id: CachedPost(post.post_id, AUTHOR, post.body, 3, 1)}


async def test_counts_of_an_earlier_offset_are_not_kept(cache: PostCache, post: CachedPost) -> None:
    await fill(cache, post)
    later, earlier = PostCounts(post.post_id, 5, 0, 1 << 40), PostCounts(post.post_id, 4, 0, (1 << 40) - 1)
    await cache.set_counts([later])
    await cache.set_counts([earlier])
    assert await likes_of(cache, post) == 5
    await cache.set_counts([PostCounts(post.post_id, 6, 0, (1 << 40) + 1)])
    assert await likes_of(cache, post) == 6


async def likes_of(cache: PostCache, post: CachedPost) -> int | None:
    kept = (await cache.read([post.post_id])).found[post.post_id]
    assert isinstance(kept, CachedPost)
    return kept.likes


async def test_nothing_is_asked_for_nothing(cache: PostCache) -> None:
    assert await cache.read([]) == PostsRead({}, {})
    await cache.fill([], {})
    await cache.set_counts([])


async def test_a_tombstone_that_a_failover_forgot_is_not_undone_by_what_was_read_before() -> None:
    cache, post = FakePostCache(), some_post()
    lease = (await cache.read([post.post_id])).lease
    await cache.bury(post.post_id)
    cache.lose_tombstones()
    await cache.fill([post], lease)
    assert (await cache.read([post.post_id])).found == {}
