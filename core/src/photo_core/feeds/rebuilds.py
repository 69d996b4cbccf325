"""Feed heads made whole again in the background, from the follow graph and the timelines.

Called by photo_app.feed.service whenever a reader meets a head that is not whole, and by the workers that rebuild
before anybody reads. Knows nothing of how a process keeps its background tasks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead
from photo_core.domain.feed.merge import Merge, start
from photo_core.errors import EngineUnavailable
from photo_core.feeds.hydration import Start
from photo_core.feeds.timelines import FreshTimelines
from photo_core.ports.feeds import FeedHeads
from photo_core.ports.follows import Follows
from photo_core.telemetry import metrics

IsBack = Callable[[int], Awaitable[None]]
AT_ONCE = 8
WAITING = 1_000  # beyond, a reader of the same feed asks again later


class ReadsFeeds(Protocol):
    """Timelines that are merged into feeds."""

    async def next_ids(self, merge: Merge, count: int) -> tuple[tuple[int, ...], Merge]:
        """Return the next ids of a feed, and the merge after them."""
        ...


async def read_head(graph: FollowGraph, timelines: ReadsFeeds, cap: int) -> FeedHead:
    """Return the newest part of a feed, from timelines alone."""
    post_ids, _ = await timelines.next_ids(start(graph, None), cap)
    return FeedHead(post_ids, post_ids[-1] if len(post_ids) == cap else 0)


class Rebuilds:
    """The rebuilds of one process: one a viewer at a time, a bounded number at once.

    Args:
        cache: where heads are kept.
        follows: whose posts stand in a feed.
        timelines: what a head is made of.
        cap: how many posts it holds.
        is_back: stores that a viewer is there, who may have been away.
    """

    def __init__(
        self, heads: FeedHeads, follows: Follows, timelines: FreshTimelines, cap: int, is_back: IsBack
    ) -> None:
        self._heads = heads
        self._follows = follows
        self._timelines = timelines
        self._cap = cap
        self._is_back = is_back
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._viewers: set[int] = set()

    def request(self, viewer_id: int, start_task: Start) -> None:
        """Rebuild a viewer's head soon, unless that is under way."""
        if viewer_id not in self._viewers and len(self._viewers) < WAITING:
            self._viewers.add(viewer_id)
            start_task(self._run(viewer_id))

    async def rebuild(self, viewer_id: int) -> bool:
        """Rebuild a head now; False if a loss or another rebuild came between.

        The order matters: what is delivered after `begin` is kept, what was delivered before is in the timelines, and
        so is what was not delivered since the viewer was away; a head of then ends with `begin`.
        """
        nonce = await self._heads.begin_rebuild(viewer_id)
        await self._is_back(viewer_id)
        graph = await self._follows.graph(viewer_id)
        head = await read_head(graph, self._timelines, self._cap)
        return await self._heads.finish_rebuild(viewer_id, nonce, head, graph.version)

    async def _run(self, viewer_id: int) -> None:
        try:
            async with self._slots:
                with metrics.FEED_REBUILDS_RUNNING.track_inprogress():
                    await self._counted(viewer_id)
        finally:
            self._viewers.discard(viewer_id)

    async def _counted(self, viewer_id: int) -> None:
        try:
            finished = await self.rebuild(viewer_id)
        except EngineUnavailable:
            metrics.FEED_REBUILDS.labels(outcome="failed").inc()
            raise
        metrics.FEED_REBUILDS.labels(outcome="finished" if finished else "superseded").inc()
