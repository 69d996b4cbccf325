"""Author timelines as feeds read them: many at a time, bounded, and each question asked once.

Called by photo_app.feed.service and photo_core.feeds.rebuilds.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from photo_core.domain.feed.merge import Merge, TimelineRead, absorb, take, wanted
from photo_core.ports.posts import Posts

READS_AT_ONCE = 64


class Timelines:
    """The timelines of one process's readers.

    Readers that ask the same of an author at the same time share one answer, except of their own timeline: what
    somebody has just posted must be in the answer to a question asked after.
    """

    def __init__(self, posts: Posts, reads_at_once: int = READS_AT_ONCE) -> None:
        self._posts = posts
        self._slots = asyncio.Semaphore(reads_at_once)
        self._under_way: dict[TimelineRead, asyncio.Task[list[int]]] = {}

    async def next_ids(self, merge: Merge, count: int, viewer_id: int) -> tuple[tuple[int, ...], Merge]:
        """Return the next ids of a feed, at most `count` and fewer only at its end, and the merge after them."""
        while reads := wanted(merge, count):
            merge = absorb(merge, await self._read_all(reads, viewer_id))
        return take(merge, count)

    async def _read_all(self, reads: Sequence[TimelineRead], viewer_id: int) -> Mapping[TimelineRead, list[int]]:
        answers = await asyncio.gather(*(self._answer(read, viewer_id) for read in reads))
        return dict(zip(reads, answers, strict=True))

    async def _answer(self, read: TimelineRead, viewer_id: int) -> list[int]:
        if read.author_id == viewer_id:
            return await self._ask(read)
        task = self._under_way.get(read)
        if task is None:
            task = asyncio.create_task(self._ask(read))
            self._under_way[read] = task
            task.add_done_callback(partial(self._forget, read))
        # one reader that gives up must not take the answer from the others
        return await asyncio.shield(task)

    def _forget(self, read: TimelineRead, task: asyncio.Task[list[int]]) -> None:
        del self._under_way[read]
        if not task.cancelled():
            task.exception()  # seen, also when every reader has given up

    async def _ask(self, read: TimelineRead) -> list[int]:
        async with self._slots:
            return await self._posts.timeline(read.author_id, read.before_id, read.limit)


class FreshTimelines(Timelines):
    """The timelines of rebuilds, which share no answer.

    A rebuild may only rely on what is read after it began: an answer that was under way before may lack a post whose
    delivery the head did not keep yet.
    """

    async def _answer(self, read: TimelineRead, viewer_id: int) -> list[int]:  # noqa: ARG002 - nobody's is shared
        return await self._ask(read)
