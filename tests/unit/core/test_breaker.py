"""The breaker between a pod and Redis."""

import asyncio
from collections.abc import Mapping

import pytest

from photo_core.breaker import (
    FAILED_CALLS_TO_OPEN,
    FEED_CACHE_SECONDS,
    GOOD_PROBES_TO_CLOSE,
    LIKED_CACHE_SECONDS,
    POST_CACHE_SECONDS,
    PROBE_INTERVAL_SECONDS,
    PROBE_SECONDS,
    READ_SECONDS,
    Breaker,
    RedisGuard,
    after_failed_call,
    after_failed_probe,
    after_good_call,
    after_good_probe,
    guarded_feed_cache,
    guarded_liked_cache,
    guarded_post_cache,
)
from photo_core.errors import EngineUnavailable
from photo_core.fakes.feeds import FakeFeedCache, FakeLikedCache
from photo_core.fakes.post_cache import FakePostCache
from photo_core.ports.feeds import CachedViewer, FeedCache, LikedCache
from photo_core.ports.post_cache import PostCache


class HangingFeedCache(FakeFeedCache):
    """Never answers a read or a probe."""

    async def read(self, viewer_id: int) -> CachedViewer:
        await asyncio.Event().wait()
        return await super().read(viewer_id)

    async def probe(self) -> None:
        await asyncio.Event().wait()


def test_one_failed_call_is_no_outage_but_several_in_a_row_are() -> None:
    breaker = Breaker()
    for _ in range(FAILED_CALLS_TO_OPEN - 1):
        breaker = after_failed_call(breaker)
    assert not breaker.open
    assert not after_failed_call(after_good_call(breaker)).open
    assert after_failed_call(breaker).open


def test_one_failed_probe_opens_and_several_good_ones_close() -> None:
    breaker = after_failed_probe(Breaker())
    for _ in range(GOOD_PROBES_TO_CLOSE - 1):
        breaker = after_good_probe(breaker)
        assert breaker.open
    assert not after_good_probe(breaker).open


def test_a_failed_probe_starts_the_count_anew() -> None:
    breaker = after_failed_probe(after_good_probe(after_good_probe(after_failed_probe(Breaker()))))
    assert after_good_probe(breaker).open


def test_a_call_does_not_close_an_open_breaker() -> None:
    assert after_good_call(Breaker(open=True)).open


def test_a_hanging_redis_is_noticed_within_a_second() -> None:
    assert PROBE_INTERVAL_SECONDS + PROBE_SECONDS < 1


async def test_an_open_breaker_refuses_without_asking() -> None:
    cache = FakeFeedCache()
    guard = RedisGuard(cache.probe)
    cache.fail()
    await guard.probe()
    cache.recover()
    with pytest.raises(EngineUnavailable, match="breaker"):
        await guarded_feed_cache(cache, guard).read(1)


async def test_a_cache_that_recovered_is_asked_again() -> None:
    cache = FakeFeedCache()
    guard = RedisGuard(cache.probe)
    cache.fail()
    await guard.probe()
    cache.recover()
    for _ in range(GOOD_PROBES_TO_CLOSE):
        await guard.probe()
    assert (await guarded_feed_cache(cache, guard).read(1)).head is None


async def test_a_read_never_waits_longer_than_its_deadline() -> None:
    cache = HangingFeedCache()
    started = asyncio.get_running_loop().time()
    with pytest.raises(EngineUnavailable):
        await guarded_feed_cache(cache, RedisGuard(cache.probe)).read(1)
    assert asyncio.get_running_loop().time() - started < READ_SECONDS + 0.5


async def test_a_hanging_probe_opens_the_breaker() -> None:
    guard = RedisGuard(HangingFeedCache().probe)
    await guard.probe()
    assert guard.is_open


async def test_what_fails_in_one_cache_closes_the_way_to_all() -> None:
    feeds, posts = FakeFeedCache(), FakePostCache()
    guard = RedisGuard(feeds.probe)
    posts.fail()
    for _ in range(FAILED_CALLS_TO_OPEN):
        with pytest.raises(EngineUnavailable):
            await guarded_post_cache(posts, guard).read([1])
    with pytest.raises(EngineUnavailable, match="breaker"):
        await guarded_liked_cache(FakeLikedCache(feeds), guard).add(1, 2)


@pytest.mark.parametrize(
    ("port", "seconds"),
    [(FeedCache, FEED_CACHE_SECONDS), (LikedCache, LIKED_CACHE_SECONDS), (PostCache, POST_CACHE_SECONDS)],
    ids=["feed cache", "liked cache", "post cache"],
)
def test_every_call_of_a_guarded_port_has_its_time_limit(port: type, seconds: Mapping[str, float]) -> None:
    calls = {name for name in dir(port) if not name.startswith("_")}
    assert calls == seconds.keys()
