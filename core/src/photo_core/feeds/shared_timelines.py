"""Timelines for rebuilds that begin together: what one of them has read serves all.

Called by the worker that rebuilds feeds before anybody reads them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from photo_core.domain.feed.merge import Merge, TimelineRead
from photo_core.feeds.timelines import next_ids
from photo_core.ports.posts import ManyTimelines
from photo_core.tasks import mark_exception_retrieved

AUTHORS_A_QUESTION = 25  # a coordinator asks that many partitions at once
Answers = Mapping[int, list[int]]


class SharedTimelines:
    """The timelines of one lot of rebuilds. Make it once all of them have begun: no answer is older than that.

    It holds every answer for as long as it lives.
    """

    def __init__(self, posts: ManyTimelines, questions_at_once: int) -> None:
        self._posts = posts
        self._slots = asyncio.Semaphore(questions_at_once)
        self._asked: dict[TimelineRead, asyncio.Task[Answers]] = {}

    async def next_ids(self, merge: Merge, count: int) -> tuple[tuple[int, ...], Merge]:
        """Return the next ids of a feed, at most `count` and fewer only at its end, and the merge after them."""
        return await next_ids(merge, count, self._read_all)

    async def _read_all(self, reads: Sequence[TimelineRead]) -> Mapping[TimelineRead, Sequence[int]]:
        for question in questions(read for read in reads if read not in self._asked):
            task = asyncio.create_task(self._ask(question))
            task.add_done_callback(mark_exception_retrieved)
            self._asked |= dict.fromkeys(question, task)
        # one rebuild that gives up must not take the answers from the others
        return {read: (await asyncio.shield(self._asked[read]))[read.author_id] for read in reads}

    async def _ask(self, question: Sequence[TimelineRead]) -> Answers:
        async with self._slots:
            authors, first = [read.author_id for read in question], question[0]
            return await self._posts.timelines(authors, first.before_id, first.limit)


def questions(reads: Iterable[TimelineRead]) -> list[list[TimelineRead]]:
    """Return reads grouped into such as can be asked for at once."""
    alike: dict[tuple[int, int], list[TimelineRead]] = defaultdict(list)
    for read in reads:
        alike[read.before_id, read.limit].append(read)
    return [
        group[start : start + AUTHORS_A_QUESTION]
        for group in alike.values()
        for start in range(0, len(group), AUTHORS_A_QUESTION)
    ]
