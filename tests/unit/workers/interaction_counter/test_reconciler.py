"""The reconciler over fakes: what lost its event is found and mended, and what is only late is left alone."""

import asyncio

import pytest

from photo_core.domain.interactions import Comment, Counts, Membership, Tally
from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.interactions import FakeComments, FakeCounters, FakeLikes, FakeTouches
from photo_core.fakes.post_cache import FakePostCache
from photo_core.fakes.posts import FakeOutbox
from photo_core.messages.events import Interaction, InteractionKind, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.ports.post_cache import CachedPost
from photo_workers.interaction_counter.handler import InteractionCounter
from photo_workers.interaction_counter.reconciler import Reconciler, Rows

POST, LARGE = 5, 6


class LargeLikes(FakeLikes):
    """The likes of one post take longer to count than Cassandra is waited for."""

    too_large = True

    async def members(self, post_id: int) -> Membership:
        if post_id == LARGE and self.too_large:
            raise EngineUnavailable(Engine.CASSANDRA, "OperationTimedOut")
        return await super().members(post_id)


class World:
    """Membership rows, the topic, its counter and the reconciler."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.outbox = FakeOutbox()
        self.likes, self.comments = LargeLikes(self.outbox), FakeComments(self.outbox)
        self.counters, self.touches = FakeCounters(self.outbox), FakeTouches(self.outbox)
        self.cache, self.log = FakePostCache(), FakeLog(self.clock)
        self.counter = InteractionCounter(self.counters, self.touches, self.cache, self.clock)
        self.publisher = FakeEventPublisher(self.log)
        self.reconciler = self.started_reconciler()

    def started_reconciler(self) -> Reconciler:
        rows = Rows(self.likes, self.comments, self.counters, self.touches, self.cache)
        return Reconciler(rows, self.publisher, self.clock)

    async def like(self, user_id: int) -> Interaction:
        """Like as the API does, up to the event, which is returned and not produced."""
        await self.touches.touch(POST, self.clock.now_ms())
        await self.likes.like(POST, user_id, self.clock.now_ms())
        return Interaction(InteractionKind.LIKED, POST, user_id, self.clock.now_ms())

    async def produce(self, *events: Interaction) -> None:
        await self.publisher.publish([OutgoingMessage(Topic.INTERACTIONS, str(POST), encode(each)) for each in events])

    async def count(self) -> None:
        """Have the counter read everything, again and again."""
        await self.counter.handle(self.log.messages(Topic.INTERACTIONS))

    async def minutes(self, count: int) -> None:
        """Let time pass, with a pass of the reconciler every half a minute."""
        for _ in range(2 * count):
            self.clock.advance(30)
            await self.reconciler.check_touched_posts()

    async def counts(self) -> Counts:
        return (await self.counters.get_many([POST])).get(POST, Tally(POST)).counts

    def produced(self) -> int:
        return len(self.log.messages(Topic.INTERACTIONS))


@pytest.fixture
async def world() -> World:
    world = World()
    await world.reconciler.check_touched_posts()
    return world


async def test_a_like_without_its_event_is_mended_within_six_minutes(world: World) -> None:
    await world.like(1)
    for _ in range(6):
        await world.minutes(1)
        await world.count()
    assert await world.counts() == Counts(1, 0)
    await world.minutes(6)
    assert world.produced() == 1


async def test_a_comment_that_is_counted_twice_is_mended(world: World) -> None:
    comment = Comment(9, POST, 7, "ada", "nice", world.clock.now_ms())
    await world.touches.touch(POST, world.clock.now_ms())
    await world.comments.create(comment)
    event = Interaction(InteractionKind.COMMENT_ADDED, POST, 7, world.clock.now_ms())
    await world.produce(event, event)
    await world.count()
    assert await world.counts() == Counts(0, 2)
    await world.minutes(6)
    await world.count()
    assert await world.counts() == Counts(0, 1)


async def test_what_is_right_is_left_alone(world: World) -> None:
    await world.produce(await world.like(1))
    await world.count()
    await world.minutes(6)
    assert world.produced() == 1


async def test_an_event_that_is_late_is_not_counted_twice(world: World) -> None:
    event = await world.like(1)
    await world.minutes(3)
    await world.produce(event)
    await world.count()
    await world.minutes(9)
    await world.count()
    assert (await world.counts(), world.produced()) == (Counts(1, 0), 1)


async def test_a_correction_that_a_counters_backlog_overtook_is_not_applied(world: World) -> None:
    await world.produce(await world.like(1))
    await world.minutes(6)
    assert world.produced() > 1
    await world.count()
    assert await world.counts() == Counts(1, 0)
    await world.minutes(6)
    await world.count()
    assert await world.counts() == Counts(1, 0)


async def test_two_looks_at_nearly_the_same_time_are_one(world: World) -> None:
    await world.like(1)
    world.touches.posts = [POST]
    for _ in range(3):
        await world.reconciler.sweep()
        world.clock.advance(5)
    assert world.produced() == 0


async def test_the_sweep_finds_what_nobody_touched(world: World) -> None:
    await world.likes.like(POST, 1, world.clock.now_ms())
    world.touches.posts = list(range(POST + 50))
    for _ in range(20):
        await world.reconciler.sweep()
        world.clock.advance(30)
    await world.count()
    assert await world.counts() == Counts(1, 0)


async def test_a_reconciler_that_ended_is_followed_by_one_that_finds_the_same(world: World) -> None:
    await world.like(1)
    for _ in range(3):
        await world.minutes(3)
        world.reconciler = world.started_reconciler()
    await world.minutes(6)
    await world.count()
    assert await world.counts() == Counts(1, 0)


async def test_two_reconcilers_mend_once(world: World) -> None:
    await world.like(1)
    other = world.started_reconciler()
    world.touches.posts = [POST]
    for _ in range(16):
        await world.minutes(1)
        await world.reconciler.sweep()
        await other.sweep()
        await world.count()
        await world.count()
    assert await world.counts() == Counts(1, 0)


async def test_the_cache_is_told_what_it_missed_while_redis_was_away(world: World) -> None:
    await world.produce(await world.like(1))
    world.cache.fail()
    await world.count()
    world.cache.recover()
    await world.minutes(3)
    await world.cache.fill([CachedPost(POST, 7, b"{")], (await world.cache.read([POST])).lease)
    kept = (await world.cache.read([POST])).found[POST]
    assert isinstance(kept, CachedPost)
    assert kept.likes == 1


async def test_a_post_that_cannot_be_counted_keeps_no_other_waiting(world: World) -> None:
    await world.touches.touch(LARGE, world.clock.now_ms())
    await world.like(1)
    for _ in range(6):
        await world.minutes(1)
        await world.count()
    assert await world.counts() == Counts(1, 0)


async def test_a_post_that_could_not_be_counted_is_counted_later(world: World) -> None:
    await world.likes.like(LARGE, 1, world.clock.now_ms())
    await world.touches.touch(LARGE, world.clock.now_ms())
    await world.minutes(9)
    world.likes.too_large = False
    for _ in range(9):
        await world.minutes(1)
        await world.count()
    assert (await world.counters.get_many([LARGE]))[LARGE].counts == Counts(1, 0)


async def test_it_waits_for_an_engine_and_ends_when_drained(world: World) -> None:
    world.outbox.available = False
    draining = asyncio.Event()
    running = asyncio.create_task(world.reconciler.run(draining))
    await asyncio.sleep(0)
    assert not running.done()
    draining.set()
    await running
