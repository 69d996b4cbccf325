"""The newest posts of authors in memory, kept up to date from `posts.created`.

A pull of two hundred timelines would be two hundred questions to Cassandra; here most are answered by this process.
Authors are held that somebody of this process asked for. What is held is complete down to a mark, by this argument: an
author's timeline is read after this process began to take every new post; a post that is durable by then is in the
answer, and the event of a later one comes in while or after the author is held. As soon as an event may have been
missed everything is forgotten, and until the stream is taken again nothing is held. Ids only, never visibility.
"""

import asyncio
from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing

import structlog

from photo_core.clock import Clock
from photo_core.domain.feed.merge import BEYOND_ALL, TimelineRead
from photo_core.errors import EngineUnavailable, PermanentFailure
from photo_core.feeds.single_flight import SingleFlight
from photo_core.messages.events import PostCreated, decode
from photo_core.ports.events import EventTail, IncomingMessage

LOG = structlog.get_logger(__name__)
READ_AT_FIRST = 64  # ids of an author: several pages
KEPT = 256  # ids of an author that arrive are kept up to here
IDS_HELD = 1_000_000  # about 40 MB
AUTHOR_WEIGHT = 8  # what an author costs beside the ids, counted in ids
LATE_MS = 2_000  # a reader may miss what is younger than this
AGAIN_SECONDS = 1.0
ReadTimeline = Callable[[TimelineRead], Awaitable[list[int]]]


class HeldTimeline:
    """An author's post ids, oldest first and complete down to `down_to`, inclusive."""

    def __init__(self, newest_first: Sequence[int], asked: int) -> None:
        self.ids = sorted(newest_first)
        self.down_to = self.ids[0] if len(newest_first) >= asked else 0

    def add(self, post_id: int) -> None:
        """Add a post that was created; repeats and posts below the mark change nothing."""
        at = bisect_left(self.ids, post_id)
        if post_id < self.down_to or self.ids[at : at + 1] == [post_id]:
            return
        insort(self.ids, post_id)
        if len(self.ids) > KEPT:
            del self.ids[0]
            self.down_to = self.ids[0]

    def answer(self, before_id: int, limit: int) -> list[int] | None:
        """Return the newest ids below an id, or None if some of them may not be held."""
        end = bisect_left(self.ids, before_id)
        if end < limit and self.down_to > 0:
            return None
        return self.ids[max(0, end - limit) : end][::-1]


class AuthorTimelines:
    """Timelines by author, answered from memory where it is certain, else by the truth.

    Args:
        truth: reads a timeline from Cassandra, to be held.
        to_show: reads one for a page alone.
        ids_held: beyond, the least recently used authors are forgotten.
    """

    def __init__(self, truth: ReadTimeline, to_show: ReadTimeline, ids_held: int = IDS_HELD) -> None:
        self._truth = truth
        self._to_show = to_show
        self._most = ids_held
        self._weight = 0
        self._life = 0  # counts how often everything was forgotten
        self._taking = False
        self._held: OrderedDict[int, HeldTimeline] = OrderedDict()
        self._arrived: dict[int, set[int]] = {}  # while an author's timeline is read
        self._fills: SingleFlight[int, HeldTimeline] = SingleFlight(self._fill)
        self._reads: SingleFlight[TimelineRead, list[int]] = SingleFlight(self._read)

    async def read(self, read: TimelineRead) -> list[int]:
        """Return an author's ids as asked for, as of now or of at most `LATE_MS` ago.

        Raises:
            EngineUnavailable: Cassandra had to be asked and does not answer.
        """
        known = self.known(read)
        if known is not None:
            return known
        if self._taking and read.author_id not in self._held:
            filled = await self._fills.answer(read.author_id)
            answer = None if filled is None else filled.answer(read.before_id, read.limit)
            if answer is not None:
                return answer
        return await self._reads.answer(read) or []

    def known(self, read: TimelineRead) -> list[int] | None:
        """Return what memory alone answers, or None."""
        held = self._held.get(read.author_id)
        if held is None:
            return None
        self._held.move_to_end(read.author_id)
        return held.answer(read.before_id, read.limit)

    def begin(self) -> None:
        """From now on every new post is told to `posted`."""
        self._taking = True

    def lose(self) -> None:
        """Forget everything: a new post may have been missed."""
        self._taking = False
        self._life += 1
        self._weight = 0
        self._held.clear()

    def posted(self, author_id: int, post_id: int) -> None:
        """Take a new post in, if its author is held or about to be."""
        if author_id in self._arrived:
            self._arrived[author_id].add(post_id)
        held = self._held.get(author_id)
        if held is not None:
            before = len(held.ids)
            held.add(post_id)
            self._weight += len(held.ids) - before

    async def _fill(self, authors: Collection[int]) -> Mapping[int, HeldTimeline]:
        """Read the newest ids of authors; SingleFlight asks for one author at a time."""
        return {author: await self._filled(author) for author in authors}

    async def _filled(self, author_id: int) -> HeldTimeline:
        life = self._life
        arrived: set[int] = set()
        self._arrived[author_id] = arrived
        try:
            found = await self._truth(TimelineRead(author_id, BEYOND_ALL, READ_AT_FIRST))
        finally:
            del self._arrived[author_id]
        filled = HeldTimeline(found, READ_AT_FIRST)
        for post_id in arrived:
            filled.add(post_id)
        if self._taking and life == self._life:
            self._hold(author_id, filled)
        return filled

    def _hold(self, author_id: int, timeline: HeldTimeline) -> None:
        self._held[author_id] = timeline
        self._weight += AUTHOR_WEIGHT + len(timeline.ids)
        while self._weight > self._most and len(self._held) > 1:
            self._weight -= AUTHOR_WEIGHT + len(self._held.popitem(last=False)[1].ids)

    async def _read(self, reads: Collection[TimelineRead]) -> Mapping[TimelineRead, list[int]]:
        answers = await asyncio.gather(*(self._to_show(read) for read in reads))
        return dict(zip(reads, answers, strict=True))


async def keep_taking(
    timelines: AuthorTimelines, tail: EventTail, clock: Clock, again_seconds: float = AGAIN_SECONDS
) -> None:
    """Tell timelines of every new post until cancelled, or that they may have missed one."""
    while True:
        try:
            async with aclosing(tail.batches()) as batches:
                await take_all(timelines, batches, clock)
        except EngineUnavailable as error:
            LOG.warning("author timelines lost", detail=str(error))
        finally:
            timelines.lose()
        await asyncio.sleep(again_seconds)


async def take_all(timelines: AuthorTimelines, batches: AsyncIterator[Sequence[IncomingMessage]], clock: Clock) -> None:
    """Tell timelines of what a tail yields; nothing is held while it comes too late."""
    async for batch in batches:
        if any(message.timestamp_ms < clock.now_ms() - LATE_MS for message in batch):
            timelines.lose()
            continue
        timelines.begin()
        for message in batch:
            _take(timelines, message)


def _take(timelines: AuthorTimelines, message: IncomingMessage) -> None:
    try:
        created = decode(message.value, PostCreated)
    except PermanentFailure as error:  # the planner sends it to the dead letters
        LOG.warning("not a post", detail=str(error))
        return
    timelines.posted(created.author_id, created.post_id)
