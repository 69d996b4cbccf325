from collections.abc import Mapping, Sequence

from prometheus_client import REGISTRY

from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.follows import FakeFollows
from photo_core.messages.events import FanoutRange, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_workers.fanout.handler import RECENT_SECONDS, Fanout
from photo_workers.fanout.pull_fallback import PullFallback
from photo_workers.outcomes import DONE, Dead, Unavailable

GRAPH = 1


def message(offset: int, value: bytes) -> IncomingMessage:
    return IncomingMessage(Topic.FEED_FANOUT, 0, offset, str(offset), value, 0)


def fanout_range(post_id: int, followers: tuple[int, ...], clock: FakeClock, *, last: bool = True) -> bytes:
    return encode(FanoutRange(post_id, 1, clock.now_ms(), followers, last))


async def feeds_of(*viewers: int) -> FakeFeedCache:
    feeds = FakeFeedCache()
    for viewer in viewers:
        await feeds.finish_rebuild(viewer, await feeds.begin_rebuild(viewer), FeedHead((), 0), GRAPH)
    return feeds


async def posts_in(feeds: FakeFeedCache, viewer: int) -> tuple[int, ...]:
    cached = await feeds.read(viewer)
    head = whole_head(cached.head, cached.epoch, GRAPH)
    assert head is not None
    return head.post_ids


def worker(feeds: FakeFeedCache, clock: FakeClock) -> Fanout:
    return Fanout(feeds, PullFallback(FakeFollows(FakeAccounts()), RuntimePolicy, clock), clock)


def metric(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


async def test_every_follower_of_every_range_gets_the_post() -> None:
    clock, feeds = FakeClock(), await feeds_of(1, 2, 3)
    batch = [message(0, fanout_range(10, (1, 2), clock)), message(1, fanout_range(11, (2, 3), clock))]
    assert await worker(feeds, clock).handle(batch) == [DONE, DONE]
    assert [await posts_in(feeds, viewer) for viewer in (1, 2, 3)] == [(10,), (11, 10), (11,)]


async def test_a_repeated_range_is_read_once() -> None:
    clock, feeds = FakeClock(), await feeds_of(1)
    fanout = worker(feeds, clock)
    for _ in range(2):
        await fanout.handle([message(0, fanout_range(10, (1,), clock))])
    assert await posts_in(feeds, 1) == (10,)


async def test_a_cache_that_is_away_is_waited_for_and_a_malformed_range_is_dead() -> None:
    clock, feeds = FakeClock(), await feeds_of(1)
    feeds.fail()
    failures = metric("fanout_failures_total")
    away, dead = await worker(feeds, clock).handle([message(0, fanout_range(10, (1,), clock)), message(1, b"[]")])
    assert isinstance(away, Unavailable)
    assert away.engine is Engine.REDIS
    assert isinstance(dead, Dead)
    assert metric("fanout_failures_total") == failures + 1


async def test_deliveries_are_counted_and_latency_is_that_of_the_last_range() -> None:
    clock, feeds = FakeClock(), await feeds_of(1, 2)
    first, last = fanout_range(10, (1,), clock, last=False), fanout_range(10, (2,), clock)
    deliveries, posts = metric("fanout_deliveries_total"), metric("fanout_latency_seconds_count")
    seconds = metric("fanout_latency_seconds_sum")
    clock.advance(3)
    await worker(feeds, clock).handle([message(0, first), message(1, last)])
    assert metric("fanout_deliveries_total") == deliveries + 2
    assert metric("fanout_latency_seconds_count") == posts + 1
    assert metric("fanout_latency_seconds_sum") == seconds + 3


async def test_an_id_out_of_range_is_dead_and_the_rest_is_delivered() -> None:
    clock, feeds = FakeClock(), await feeds_of(1)
    batch = [message(0, fanout_range(1 << 63, (1,), clock)), message(1, fanout_range(10, (1,), clock))]
    dead, done = await worker(feeds, clock).handle(batch)
    assert isinstance(dead, Dead)
    assert done == DONE
    assert await posts_in(feeds, 1) == (10,)


class HalfAway(FakeFeedCache):
    """Takes what it is given, and says until it is whole again that a part of it did not."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = False
        self.taken = 0

    async def append_many(self, deliveries: Mapping[int, Sequence[int]]) -> None:
        self.taken += len(deliveries)
        await self.probe()

    async def probe(self) -> None:
        if not self.whole:
            raise EngineUnavailable(Engine.REDIS, "a master is away")


async def test_while_a_master_is_away_the_others_do_not_get_the_same_again_and_again() -> None:
    clock, feeds = FakeClock(), HalfAway()
    fanout, batch = worker(feeds, clock), [message(0, fanout_range(10, (1,), clock))]
    for _ in range(5):
        assert isinstance((await fanout.handle(batch))[0], Unavailable)
    assert feeds.taken == 1
    feeds.whole = True
    assert await fanout.handle(batch) == [DONE]
    assert feeds.taken == 2


async def test_the_age_of_the_oldest_post_is_told_while_ranges_are_taken_and_then_no_longer() -> None:
    clock, feeds = FakeClock(), await feeds_of(1)
    fanout, old = worker(feeds, clock), fanout_range(10, (1,), clock)
    assert fanout.oldest_seconds() == 0
    clock.advance(100)
    await fanout.handle([message(0, old), message(1, fanout_range(11, (1,), clock))])
    assert fanout.oldest_seconds() == 100
    clock.advance(RECENT_SECONDS)
    assert fanout.oldest_seconds() == 0
