"""The newest posts of authors in memory."""

import asyncio
from contextlib import aclosing, suppress

import pytest

from photo_core.domain.feed.merge import BEYOND_ALL, TimelineRead
from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventTail, FakeLog
from photo_core.feeds.author_timelines import (
    AUTHOR_WEIGHT,
    KEPT,
    LATE_MS,
    READ_AT_FIRST,
    AuthorTimelines,
    keep_taking,
    take_all,
)
from photo_core.messages.events import PostCreated, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage

AUTHOR = 7


class Truth:
    """Timelines in memory; remembers the questions, and answers when let."""

    def __init__(self) -> None:
        self.posts: dict[int, list[int]] = {}
        self.asked: list[TimelineRead] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self.was_asked = asyncio.Event()
        self.failing = False

    async def read(self, read: TimelineRead) -> list[int]:
        self.asked.append(read)
        below = [post_id for post_id in self.posts.get(read.author_id, []) if post_id < read.before_id]
        found = sorted(below, reverse=True)[: read.limit]
        self.was_asked.set()
        await self.answering.wait()
        if self.failing:
            raise EngineUnavailable(Engine.CASSANDRA, "told to fail")
        return found


@pytest.fixture
def truth() -> Truth:
    return Truth()


@pytest.fixture
def timelines(truth: Truth) -> AuthorTimelines:
    held = AuthorTimelines(truth.read, truth.read)
    held.begin()
    return held


def newest(limit: int, before_id: int = BEYOND_ALL) -> TimelineRead:
    return TimelineRead(AUTHOR, before_id, limit)


async def test_what_was_read_once_is_answered_from_memory(truth: Truth, timelines: AuthorTimelines) -> None:
    truth.posts[AUTHOR] = [1, 2, 3]
    assert await timelines.read(newest(2)) == [3, 2]
    assert await timelines.read(newest(9, before_id=3)) == [2, 1]
    assert len(truth.asked) == 1


async def test_a_new_post_is_in_the_next_answer(timelines: AuthorTimelines) -> None:
    await timelines.read(newest(2))
    timelines.posted(AUTHOR, 5)
    timelines.posted(AUTHOR, 4)
    timelines.posted(AUTHOR, 4)
    assert await timelines.read(newest(5)) == [5, 4]


async def test_a_post_that_arrives_while_the_timeline_is_read_is_kept(truth: Truth, timelines: AuthorTimelines) -> None:
    truth.posts[AUTHOR] = [1]
    truth.answering.clear()
    reading = asyncio.create_task(timelines.read(newest(5)))
    await truth.was_asked.wait()
    timelines.posted(AUTHOR, 2)
    truth.answering.set()
    assert await reading == [2, 1]
    assert await timelines.read(newest(5)) == [2, 1]


async def test_below_what_is_held_the_truth_is_asked(truth: Truth, timelines: AuthorTimelines) -> None:
    truth.posts[AUTHOR] = list(range(1, READ_AT_FIRST + 11))
    await timelines.read(newest(5))
    assert await timelines.read(newest(3, before_id=9)) == [8, 7, 6]
    assert await timelines.read(newest(3, before_id=12)) == [11, 10, 9]
    assert [read.before_id for read in truth.asked] == [BEYOND_ALL, 9, 12]


async def test_an_author_who_posts_a_lot_is_held_to_a_bound_without_a_hole(
    truth: Truth, timelines: AuthorTimelines
) -> None:
    await timelines.read(newest(1))
    for post_id in range(1, KEPT + 6):
        truth.posts.setdefault(AUTHOR, []).append(post_id)
        timelines.posted(AUTHOR, post_id)
    assert await timelines.read(newest(3, before_id=8)) == [7, 6, 5]
    assert len(truth.asked) == 2


async def test_the_least_recently_used_authors_are_forgotten(truth: Truth) -> None:
    timelines = AuthorTimelines(truth.read, truth.read, ids_held=2 * AUTHOR_WEIGHT)
    timelines.begin()
    for author in (1, 2, 1, 3, 1):
        await timelines.read(TimelineRead(author, BEYOND_ALL, 5))
    assert [read.author_id for read in truth.asked] == [1, 2, 3]


async def test_nothing_is_held_before_new_posts_are_taken_and_after_one_may_be_missed(truth: Truth) -> None:
    timelines = AuthorTimelines(truth.read, truth.read)
    await timelines.read(newest(1))
    await timelines.read(newest(1))
    assert len(truth.asked) == 2
    timelines.begin()
    await timelines.read(newest(1))
    timelines.lose()
    truth.posts[AUTHOR] = [1]
    assert await timelines.read(newest(1)) == [1]


async def test_what_was_read_while_a_post_may_have_been_missed_is_not_held(
    truth: Truth, timelines: AuthorTimelines
) -> None:
    truth.answering.clear()
    reading = asyncio.create_task(timelines.read(newest(5)))
    await truth.was_asked.wait()
    timelines.lose()
    timelines.begin()
    truth.posts[AUTHOR] = [1]
    truth.answering.set()
    await reading
    assert await timelines.read(newest(5)) == [1]


async def test_a_failure_of_the_truth_is_told_and_not_remembered(truth: Truth, timelines: AuthorTimelines) -> None:
    truth.failing = True
    with pytest.raises(EngineUnavailable):
        await timelines.read(newest(1))
    truth.failing = False
    assert await timelines.read(newest(1)) == []


@pytest.fixture
def log() -> FakeLog:
    return FakeLog(FakeClock())


async def until_held(timelines: AuthorTimelines, post_ids: list[int]) -> None:
    async with asyncio.timeout(5):
        while timelines.known(newest(9)) != post_ids:  # noqa: ASYNC110 - the tail tells nobody
            await asyncio.sleep(0.001)


def produce(log: FakeLog, post_id: int) -> None:
    log.append(OutgoingMessage(Topic.POSTS_CREATED, str(AUTHOR), encode(PostCreated(post_id, AUTHOR, 0))))


async def test_posts_come_in_by_the_tail_and_an_unreadable_message_stops_nothing(truth: Truth, log: FakeLog) -> None:
    timelines = AuthorTimelines(truth.read, truth.read)
    async with aclosing(FakeEventTail(log, Topic.POSTS_CREATED).batches()) as batches:
        taking = asyncio.create_task(take_all(timelines, batches, log.clock))
        while timelines.known(newest(9)) is None:
            await timelines.read(newest(9))
        log.append(OutgoingMessage(Topic.POSTS_CREATED, str(AUTHOR), b"{"))
        produce(log, 3)
        await until_held(timelines, [3])
        taking.cancel()
        with suppress(asyncio.CancelledError):
            await taking


async def test_a_tail_that_comes_too_late_makes_timelines_forget(truth: Truth, log: FakeLog) -> None:
    assert isinstance(log.clock, FakeClock)
    timelines = AuthorTimelines(truth.read, truth.read)
    batches = FakeEventTail(log, Topic.POSTS_CREATED).batches()
    await anext(batches)
    timelines.begin()
    await timelines.read(newest(1))
    produce(log, 3)
    log.clock.advance(LATE_MS / 1000 + 1)
    taking = asyncio.create_task(take_all(timelines, batches, log.clock))
    async with asyncio.timeout(5):
        while timelines.known(newest(1)) is not None:  # noqa: ASYNC110 - the tail tells nobody
            await asyncio.sleep(0.001)
    taking.cancel()
    with suppress(asyncio.CancelledError):
        await taking


async def test_when_the_tail_breaks_timelines_forget_and_take_it_up_again(truth: Truth, log: FakeLog) -> None:
    timelines, tail = AuthorTimelines(truth.read, truth.read), FakeEventTail(log, Topic.POSTS_CREATED)
    taking = asyncio.create_task(keep_taking(timelines, tail, log.clock, again_seconds=0.001))
    async with asyncio.timeout(5):
        while timelines.known(newest(9)) is None:
            await timelines.read(newest(9))
        log.available = False
        log.changed.set()
        while timelines.known(newest(9)) is not None:  # noqa: ASYNC110 - the tail tells nobody
            await asyncio.sleep(0.001)
        truth.posts[AUTHOR] = [4]
        log.available = True
        while timelines.known(newest(9)) != [4]:
            await timelines.read(newest(9))
    taking.cancel()
    with suppress(asyncio.CancelledError):
        await taking
