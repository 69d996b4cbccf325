"""Timelines for rebuilds that begin together: what one of them has read serves all.

Called by the worker that rebuilds feeds before anybody reads them.
"""

import asyncio

from photo_core.domain.feed.merge import TimelineRead
from photo_core.feeds.author_timelines import ReadTimeline
from photo_core.feeds.timelines import REBUILD_READS_AT_ONCE, FreshTimelines
from photo_core.ports.posts import Posts


class SharedTimelines(FreshTimelines):
    """The timelines of one lot of rebuilds. Make it once all of them have begun: no answer is older than that."""

    def __init__(self, posts: Posts, reads_at_once: int = REBUILD_READS_AT_ONCE) -> None:
        super().__init__(posts, reads_at_once)
        self._truth = asked_once(self._truth)


def asked_once(read: ReadTimeline) -> ReadTimeline:
    """Return the same way to read, which keeps every answer and gives it to all that ask the same."""
    answers: dict[TimelineRead, asyncio.Task[list[int]]] = {}

    async def ask(wanted: TimelineRead) -> list[int]:
        return await read(wanted)

    async def shared(wanted: TimelineRead) -> list[int]:
        answer = answers.get(wanted)
        if answer is None:
            answer = answers[wanted] = asyncio.create_task(ask(wanted))
            answer.add_done_callback(_seen)
        # one rebuild that fails must not take the answer from the others
        return await asyncio.shield(answer)

    return shared


def _seen(task: asyncio.Task[list[int]]) -> None:
    """Mark a failed question as seen, also when every rebuild has given up."""
    if not task.cancelled():
        task.exception()
