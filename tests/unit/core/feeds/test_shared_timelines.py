import asyncio
from collections.abc import Mapping, Sequence

import pytest

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.merge import TimelineRead, start
from photo_core.errors import Engine, EngineUnavailable
from photo_core.feeds.shared_timelines import AUTHORS_A_QUESTION, SharedTimelines, questions

VIEWERS = (1, 2)
AUTHORS = frozenset(range(10, 70))


class Counted:
    """Every author has one post; notes what is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.away = False

    async def timelines(self, author_ids: Sequence[int], before_id: int, limit: int) -> Mapping[int, list[int]]:
        self.asked += author_ids
        self.was_asked.set()
        await self.may_answer.wait()
        if self.away:
            raise EngineUnavailable(Engine.CASSANDRA, "away")
        return {author: [author * 100][:limit] if author * 100 < before_id else [] for author in author_ids}


@pytest.fixture
def posts() -> Counted:
    return Counted()


async def feed(timelines: SharedTimelines, viewer: int) -> tuple[int, ...]:
    return (await timelines.next_ids(start(FollowGraph(viewer, 1, AUTHORS), None), 100))[0]


async def test_an_author_whom_many_follow_is_asked_for_once(posts: Counted) -> None:
    timelines = SharedTimelines(posts, 2)
    posts.may_answer.set()
    feeds = await asyncio.gather(*(feed(timelines, viewer) for viewer in VIEWERS))
    expected = tuple(author * 100 for author in sorted(AUTHORS, reverse=True))
    assert list(feeds) == [(*expected, viewer * 100) for viewer in VIEWERS]
    assert sorted(posts.asked) == sorted((*AUTHORS, *VIEWERS))


async def test_one_that_gives_up_does_not_take_the_answers_from_the_others(posts: Counted) -> None:
    timelines = SharedTimelines(posts, 2)
    hasty, patient = (asyncio.create_task(feed(timelines, viewer)) for viewer in VIEWERS)
    await posts.was_asked.wait()
    hasty.cancel()
    posts.may_answer.set()
    assert len(await patient) == len(AUTHORS) + 1


async def test_a_failure_is_told_to_all_that_ask(posts: Counted) -> None:
    timelines = SharedTimelines(posts, 2)
    posts.away = True
    posts.may_answer.set()
    for viewer in VIEWERS:
        with pytest.raises(EngineUnavailable):
            await feed(timelines, viewer)


def test_only_reads_that_are_alike_are_asked_at_once_and_not_too_many() -> None:
    alike = [TimelineRead(author, 100, 10) for author in range(AUTHORS_A_QUESTION + 1)]
    other = TimelineRead(1, 50, 10)
    assert questions([*alike, other]) == [alike[:-1], alike[-1:], [other]]
