"""The counter over fakes: whatever is repeated and wherever it crashes, counts are those of the membership rows."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.interactions import Counts, Tally
from photo_core.errors import EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.interactions import FakeCounters, FakeTouches
from photo_core.fakes.post_cache import FakePostCache
from photo_core.fakes.posts import FakeOutbox
from photo_core.messages.events import CountsCorrected, Interaction, InteractionKind, encode
from photo_core.messages.topics import Group, Topic, retry_topic
from photo_core.ports.events import IncomingMessage
from photo_core.ports.post_cache import BURIED, CachedPost
from photo_workers.interaction_counter.handler import InteractionCounter
from photo_workers.outcomes import DONE, Dead

POSTS = (1, 2)
EFFECTS = {
    InteractionKind.LIKED: Counts(1, 0),
    InteractionKind.UNLIKED: Counts(-1, 0),
    InteractionKind.COMMENT_ADDED: Counts(0, 1),
    InteractionKind.COMMENT_DELETED: Counts(0, -1),
}


class World:
    """A counter, what it writes to, and one partition of the topic."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.outbox = FakeOutbox()
        self.counters = FakeCounters(self.outbox)
        self.touches = FakeTouches(self.outbox)
        self.cache = FakePostCache()
        self.counter = InteractionCounter(self.counters, self.touches, self.cache, self.clock)
        self.partition: list[IncomingMessage] = []

    def add(self, kind: InteractionKind = InteractionKind.LIKED, post_id: int = 1, skew_ms: int = 0) -> IncomingMessage:
        return self._append(encode(Interaction(kind, post_id, 7, self.clock.now_ms())), str(post_id), skew_ms)

    def correct(self, correction: CountsCorrected) -> IncomingMessage:
        return self._append(encode(correction), str(correction.post_id), 0)

    def make_topic_anew(self) -> None:
        """Offsets begin again, a while later."""
        self.partition = []
        self.clock.advance(60)

    async def tally(self, post_id: int = 1) -> Tally:
        return (await self.counters.get_many([post_id])).get(post_id, Tally(post_id))

    async def counts(self, post_id: int = 1) -> Counts:
        return (await self.tally(post_id)).counts

    async def cached(self, post_id: int) -> Counts:
        """Return the counts that a reader of the cache gets."""
        lease = (await self.cache.read([post_id])).lease
        await self.cache.fill([CachedPost(post_id, 7, b"{")], lease)
        kept = (await self.cache.read([post_id])).found[post_id]
        assert isinstance(kept, CachedPost)
        return Counts(kept.likes or 0, kept.comments or 0)

    def _append(self, value: bytes, key: str, skew_ms: int) -> IncomingMessage:
        at_ms = self.clock.now_ms() + skew_ms
        self.partition.append(IncomingMessage(Topic.INTERACTIONS, 0, len(self.partition), key, value, at_ms))
        return self.partition[-1]


@pytest.fixture
def world() -> World:
    return World()


async def test_likes_and_comments_are_counted_by_post_and_told_to_the_cache(world: World) -> None:
    batch = [
        world.add(),
        world.add(post_id=2),
        world.add(InteractionKind.COMMENT_ADDED),
        world.add(),
        world.add(InteractionKind.UNLIKED),
    ]
    assert await world.counter.handle(batch) == [DONE] * 5
    assert (await world.counts(1), await world.counts(2)) == (Counts(1, 1), Counts(1, 0))
    assert await world.cached(1) == Counts(1, 1)


async def test_a_batch_that_is_repeated_changes_nothing(world: World) -> None:
    batch = [world.add(), world.add(InteractionKind.COMMENT_ADDED)]
    for _ in range(3):
        await world.counter.handle(batch)
    await world.counter.handle([*batch, world.add()])
    assert await world.counts() == Counts(2, 1)


async def test_counting_goes_on_without_redis(world: World) -> None:
    world.cache.fail()
    assert await world.counter.handle([world.add()]) == [DONE]
    assert await world.counts() == Counts(1, 0)


async def test_a_batch_that_comes_again_after_a_crash_is_told_to_the_cache(world: World) -> None:
    batch = [world.add(), world.add()]
    world.cache.fail()
    await world.counter.handle(batch)
    world.cache.recover()
    await world.counter.handle(batch)
    assert (await world.counts(), await world.cached(1)) == (Counts(2, 0), Counts(2, 0))


async def test_a_like_that_meets_a_deletion_brings_nothing_back(world: World) -> None:
    await world.cache.bury(1)
    await world.counter.handle([world.add()])
    assert (await world.cache.read([1])).found == {1: BURIED}


async def test_without_cassandra_the_batch_stays_where_it_is(world: World) -> None:
    batch = [world.add()]
    world.outbox.available = False
    with pytest.raises(EngineUnavailable):
        await world.counter.handle(batch)
    world.outbox.available = True
    await world.counter.handle(batch)
    assert await world.counts() == Counts(1, 0)


async def test_a_consumer_that_lost_its_partition_overwrites_nothing(world: World) -> None:
    early, late = world.add(), world.add()
    await world.counter.handle([early])
    stale = await world.tally()
    await world.counter.handle([late])
    await world.counters.store([stale])
    assert await world.counts() == Counts(2, 0)


async def test_a_topic_that_was_made_anew_is_counted_from_its_begin(world: World) -> None:
    await world.counter.handle([world.add() for _ in range(5)])
    world.make_topic_anew()
    batch = [world.add(), world.add()]
    for _ in range(2):
        await world.counter.handle(batch)
    assert await world.counts() == Counts(7, 0)


async def test_what_comes_by_the_retry_topic_has_its_post_counted_again_instead(world: World) -> None:
    lost = world.add(post_id=2)
    topic = retry_topic(Topic.INTERACTIONS, Group.INTERACTION_COUNTER)
    retried = IncomingMessage(topic, 0, 99, lost.key, lost.value, lost.timestamp_ms)
    assert await world.counter.handle([retried]) == [DONE]
    assert await world.tally(2) == Tally(2)
    assert await world.touches.touched(world.clock.now_ms() // 60_000) == [2]


async def test_a_malformed_message_is_dead_and_the_others_are_counted(world: World) -> None:
    broken = IncomingMessage(Topic.INTERACTIONS, 0, 7, "1", b"{", world.clock.now_ms())
    outcomes = await world.counter.handle([world.add(), broken])
    assert [type(outcome) for outcome in outcomes] == [type(DONE), Dead]
    assert await world.counts() == Counts(1, 0)


async def test_a_correction_holds_for_the_tally_that_it_was_made_for(world: World) -> None:
    await world.counter.handle([world.add()])
    position = (await world.tally()).position
    correction = CountsCorrected(1, 2, 1, position, world.clock.now_ms())
    batch = [world.correct(correction), world.correct(correction)]
    for _ in range(2):
        await world.counter.handle(batch)
    assert await world.counts() == Counts(3, 1)


async def test_a_correction_of_a_post_without_a_tally_begins_one(world: World) -> None:
    await world.counter.handle([world.correct(CountsCorrected(1, 4, 2, 0, world.clock.now_ms()))])
    assert await world.counts() == Counts(4, 2)


async def test_a_count_is_never_shown_below_zero(world: World) -> None:
    await world.counter.handle([world.add(InteractionKind.UNLIKED)])
    assert await world.counts() == Counts(0, 0)
    assert (await world.tally()).likes == -1
    await world.counter.handle([world.add(), world.add()])
    assert await world.counts() == Counts(1, 0)


Steps = Sequence[tuple[InteractionKind, int, int]]


@given(
    st.lists(st.tuples(st.sampled_from(InteractionKind), st.sampled_from(POSTS), st.integers(-2000, 2000))),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=12),
)
async def test_any_redelivery_ends_in_the_same_counts(steps: Steps, deliveries: Sequence[tuple[int, int]]) -> None:
    """Every delivery begins at or before what was delivered, as after a crash, and clocks of producers differ."""
    world = World()
    for kind, post_id, skew_ms in steps:
        world.add(kind, post_id, skew_ms)
    reached = 0
    for back, length in (*deliveries, (0, len(steps))):
        start = max(0, reached - back)
        await world.counter.handle(world.partition[start : start + length])
        reached = max(reached, start + length)
    for post_id in POSTS:
        effects = [EFFECTS[kind] for kind, about, _ in steps if about == post_id]
        tally = await world.tally(post_id)
        assert (tally.likes, tally.comments) == (sum(e.likes for e in effects), sum(e.comments for e in effects))
