"""Author timelines as feeds read them: many at a time, bounded, from memory where that is certain.

Called by photo_core.feeds.pages for readers and by photo_core.feeds.rebuilds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from photo_core.breaker import EngineGuard
from photo_core.domain.degradation import TRUTH_SECONDS
from photo_core.domain.feed.merge import Merge, TimelineRead, absorb, descend, take, wanted
from photo_core.errors import Engine, EngineUnavailable
from photo_core.feeds.author_timelines import AuthorTimelines, ReadTimeline
from photo_core.ports.posts import Posts
from photo_core.telemetry import metrics

READS_AT_ONCE = 64  # of all readers of a process
REBUILD_READS_AT_ONCE = 16  # nobody waits for a rebuild
PAGES_AT_MOST = 256  # that wait for Cassandra; one more gets what is at hand
ReadAll = Callable[[Sequence[TimelineRead]], Awaitable[Mapping[TimelineRead, Sequence[int]]]]


async def next_ids(merge: Merge, count: int, read_all: ReadAll) -> tuple[tuple[int, ...], Merge]:
    """Return the next ids of a feed, at most `count` and fewer only at its end, and the merge after them."""
    merge = descend(merge, count)
    while reads := wanted(merge, count):
        merge = descend(absorb(merge, await read_all(reads)), count)
    return take(merge, count)


def direct(posts: Posts) -> ReadTimeline:
    """Return the way to read timelines from the truth."""

    async def read(asked: TimelineRead) -> list[int]:
        return await posts.timeline(asked.author_id, asked.before_id, asked.limit)

    return read


def to_show(posts: Posts) -> ReadTimeline:
    """Return the way to read timelines for a page, of which nothing is remembered."""

    async def read(asked: TimelineRead) -> list[int]:
        return await posts.timeline_to_show(asked.author_id, asked.before_id, asked.limit)

    return read


def guarded(read: ReadTimeline, guard: EngineGuard) -> ReadTimeline:
    """Return the same way behind the breaker of Cassandra."""

    async def read_in_time(asked: TimelineRead) -> list[int]:
        return await guard.call(lambda: read(asked), TRUTH_SECONDS)

    return read_in_time


def bounded(read: ReadTimeline, slots: asyncio.Semaphore) -> ReadTimeline:
    """Return the same way with a question a slot at most; the time in the queue is nobody's failure."""

    async def read_in_turn(asked: TimelineRead) -> list[int]:
        async with slots:
            return await read(asked)

    return read_in_turn


class TooManyWait(EngineUnavailable):
    """Cassandra may serve, but not one more page of this process now."""

    def __init__(self) -> None:
        super().__init__(Engine.CASSANDRA, "too many pages wait for it")


class TruthNotAsked(EngineUnavailable):
    """Cassandra would have to be asked, and is not for now."""

    def __init__(self) -> None:
        super().__init__(Engine.CASSANDRA, "it is not asked at this degraded level")


class Timelines:
    """The timelines of one process's readers.

    The viewer's own timeline is always read from the truth: what somebody has just posted must be in it. The others'
    are answered from memory where they are held.

    Args:
        truth: reads a timeline from Cassandra.
        authors: answers from memory, or by the same truth.
    """

    def __init__(self, truth: ReadTimeline, authors: AuthorTimelines) -> None:
        self._truth = truth
        self._authors = authors
        self._pages_waiting = 0

    @property
    def pages_waiting(self) -> int:
        """How many pages wait for Cassandra."""
        return self._pages_waiting

    async def next_ids(self, merge: Merge, count: int, viewer_id: int) -> tuple[tuple[int, ...], Merge]:
        """Return the next ids of a feed, at most `count` and fewer only at its end, and the merge after them.

        Raises:
            EngineUnavailable: Cassandra had to be asked and does not answer, or too many pages wait for it.
        """

        async def read_all(reads: Sequence[TimelineRead]) -> Mapping[TimelineRead, Sequence[int]]:
            return await self._read_all(reads, viewer_id)

        return await next_ids(merge, count, read_all)

    async def next_held(self, merge: Merge, count: int, viewer_id: int) -> tuple[tuple[int, ...], Merge]:
        """Return the same without asking Cassandra.

        Raises:
            TruthNotAsked: it had to be asked.
        """

        async def read_held(reads: Sequence[TimelineRead]) -> Mapping[TimelineRead, Sequence[int]]:
            known = self._known([read for read in reads if read.author_id != viewer_id])
            if len(known) < len(reads):
                raise TruthNotAsked
            return known

        return await next_ids(merge, count, read_held)

    def at_hand(self, merge: Merge, count: int) -> Merge:
        """Return the merge with what memory knows of it and nothing unread, for when Cassandra does not answer."""
        merge = descend(merge, count)
        known = {post_id for found in self._known(wanted(merge, count)).values() for post_id in found}
        return Merge(tuple(sorted(known.union(merge.known), reverse=True)), {})

    def _known(self, reads: Sequence[TimelineRead]) -> Mapping[TimelineRead, Sequence[int]]:
        return {read: found for read in reads if (found := self._authors.known(read)) is not None}

    async def _read_all(self, reads: Sequence[TimelineRead], viewer_id: int) -> Mapping[TimelineRead, Sequence[int]]:
        known = self._known([read for read in reads if read.author_id != viewer_id])
        unknown = [read for read in reads if read not in known]
        return {**known, **(await self._admitted(unknown, viewer_id))} if unknown else known

    async def _admitted(self, reads: Sequence[TimelineRead], viewer_id: int) -> Mapping[TimelineRead, Sequence[int]]:
        if self._pages_waiting >= PAGES_AT_MOST:
            raise TooManyWait
        self._pages_waiting += 1
        try:
            with metrics.FEED_PAGES_WAITING.track_inprogress():
                answers = await asyncio.gather(*(self._answer(read, viewer_id) for read in reads))
        finally:
            self._pages_waiting -= 1
        return dict(zip(reads, answers, strict=True))

    async def _answer(self, read: TimelineRead, viewer_id: int) -> list[int]:
        return await (self._truth(read) if read.author_id == viewer_id else self._authors.read(read))


class FreshTimelines:
    """The timelines of rebuilds, which share no answer and believe no memory.

    A rebuild may only rely on what is read after it began: an answer that was under way before may lack a post whose
    delivery the head did not keep yet.
    """

    def __init__(self, posts: Posts, reads_at_once: int = REBUILD_READS_AT_ONCE) -> None:
        self._truth = bounded(direct(posts), asyncio.Semaphore(reads_at_once))

    async def next_ids(self, merge: Merge, count: int) -> tuple[tuple[int, ...], Merge]:
        """Return the next ids of a feed, at most `count` and fewer only at its end, and the merge after them."""
        return await next_ids(merge, count, self._read_all)

    async def _read_all(self, reads: Sequence[TimelineRead]) -> Mapping[TimelineRead, Sequence[int]]:
        answers = await asyncio.gather(*(self._truth(read) for read in reads))
        return dict(zip(reads, answers, strict=True))
