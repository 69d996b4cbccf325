"""How feeds read author timelines."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.merge import start
from photo_core.errors import Engine, EngineUnavailable
from photo_core.feeds.author_timelines import AuthorTimelines
from photo_core.feeds.timelines import PAGES_AT_MOST, FreshTimelines, Timelines, bounded, direct

VIEWER, AUTHOR = 1, 2
GRAPH = FollowGraph(VIEWER, 1, frozenset({AUTHOR}))


class SlowTimelines:
    """Answers when told to; counts who was asked and how many questions were under way at once."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.at_once = 0
        self.most_at_once = 0
        self.answered = asyncio.Event()
        self.failing = False

    async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
        self.asked.append(author_id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.answered.wait()
        self.at_once -= 1
        if self.failing:
            raise EngineUnavailable(Engine.CASSANDRA, "told to fail")
        return [10][:limit] if before_id > 10 else []


@pytest.fixture
def posts() -> SlowTimelines:
    return SlowTimelines()


def reader(posts: Any, reads_at_once: int = 8) -> Timelines:
    truth = bounded(direct(posts), asyncio.Semaphore(reads_at_once))
    return Timelines(truth, AuthorTimelines(truth, truth))


async def until(condition: Callable[[], bool]) -> None:
    """Let the readers go on until something holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - they tell nobody
            await asyncio.sleep(0)


async def test_readers_who_wait_share_the_next_answer_of_an_author_and_never_of_the_viewer(
    posts: SlowTimelines,
) -> None:
    timelines = reader(posts)
    reads = [asyncio.create_task(timelines.next_ids(start(GRAPH, None), 2, VIEWER)) for _ in range(4)]
    await until(lambda: posts.asked.count(VIEWER) == 4)
    posts.answered.set()
    assert [ids for ids, _ in await asyncio.gather(*reads)] == [(10,)] * 4
    assert posts.asked.count(AUTHOR) == 2
    assert posts.asked.count(VIEWER) == 4


async def test_beyond_a_bound_no_more_pages_wait(posts: SlowTimelines) -> None:
    timelines = reader(posts)
    waiting = [asyncio.create_task(timelines.next_ids(start(GRAPH, None), 2, VIEWER)) for _ in range(PAGES_AT_MOST)]
    await until(lambda: timelines.pages_waiting == PAGES_AT_MOST)
    with pytest.raises(EngineUnavailable, match="too many"):
        await timelines.next_ids(start(GRAPH, None), 2, VIEWER)
    posts.answered.set()
    await asyncio.gather(*waiting)
    assert timelines.pages_waiting == 0


async def test_a_rebuild_relies_on_no_answer_that_was_under_way_before_it(posts: SlowTimelines) -> None:
    timelines = FreshTimelines(posts)  # type: ignore[arg-type]
    reads = [asyncio.create_task(timelines.next_ids(start(GRAPH, None), 2)) for _ in range(2)]
    await asyncio.sleep(0)
    posts.answered.set()
    await asyncio.gather(*reads)
    assert posts.asked.count(AUTHOR) == 2


async def test_no_more_questions_than_allowed_are_under_way(posts: SlowTimelines) -> None:
    timelines = reader(posts, reads_at_once=2)
    graph = FollowGraph(VIEWER, 1, frozenset(range(2, 20)))
    posts.answered.set()
    await timelines.next_ids(start(graph, None), 2, VIEWER)
    assert posts.most_at_once <= 2


async def test_a_reader_that_gives_up_leaves_the_others_their_answer(posts: SlowTimelines) -> None:
    timelines = reader(posts)
    impatient = asyncio.create_task(timelines.next_ids(start(GRAPH, None), 2, VIEWER))
    patient = asyncio.create_task(timelines.next_ids(start(GRAPH, None), 2, VIEWER))
    await asyncio.sleep(0)
    impatient.cancel()
    posts.answered.set()
    assert (await patient)[0] == (10,)


async def test_a_failure_is_told_to_every_reader_and_not_remembered(posts: SlowTimelines) -> None:
    timelines = reader(posts)
    posts.failing = True
    posts.answered.set()
    with pytest.raises(EngineUnavailable):
        await timelines.next_ids(start(GRAPH, None), 2, VIEWER)
    posts.failing = False
    assert (await timelines.next_ids(start(GRAPH, None), 2, VIEWER))[0] == (10,)
