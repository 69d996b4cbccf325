import asyncio

import pytest

from photo_core.domain.feed.merge import TimelineRead
from photo_core.errors import Engine, EngineUnavailable
from photo_core.feeds.shared_timelines import asked_once

READ, OTHER = TimelineRead(1, 100, 10), TimelineRead(1, 50, 10)


async def test_whoever_asks_the_same_gets_the_same_answer_at_once_or_later() -> None:
    asked: list[TimelineRead] = []

    async def read(wanted: TimelineRead) -> list[int]:
        asked.append(wanted)
        return [wanted.before_id - 1]

    shared = asked_once(read)
    answers = await asyncio.gather(*map(shared, (READ, READ, OTHER)))
    assert list(answers) == [[99], [99], [49]]
    assert await shared(READ) == [99]
    assert asked == [READ, OTHER]


async def test_one_that_gives_up_does_not_take_the_answer_from_the_others() -> None:
    may_answer = asyncio.Event()

    async def read(_: TimelineRead) -> list[int]:
        await may_answer.wait()
        return [7]

    shared = asked_once(read)
    hasty, patient = (asyncio.ensure_future(shared(READ)) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    may_answer.set()
    assert await patient == [7]


async def test_a_failure_is_told_to_all_that_asked() -> None:
    async def read(_: TimelineRead) -> list[int]:
        raise EngineUnavailable(Engine.CASSANDRA, "away")

    shared = asked_once(read)
    for _ in range(2):
        with pytest.raises(EngineUnavailable):
            await shared(READ)
