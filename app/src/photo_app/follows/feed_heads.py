"""Updates graphs and feed heads in Redis when a follow graph changes, so that the next read finds a complete head.

Called by the services of follows, requests and restrictions around their changes. While PostgreSQL answers, pages are
correct without it: a head of another graph version counts as incomplete and is rebuilt.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from photo_app.follows.graph_cache import GraphCacheUpdater
from photo_app.http.problems import Problem
from photo_core.domain.accounts import FollowGraph
from photo_core.domain.ids import MAX_ID
from photo_core.errors import EngineUnavailable, Refused
from photo_core.ports.feeds import FollowGraphCache, Graft
from photo_core.ports.posts import Posts

LOG = structlog.get_logger(__name__)


class FeedHeadUpdater:
    """Updates the heads and graphs of viewers whose graph a request changes.

    Args:
        graphs: the graphs that Redis keeps.
        posts: the timelines from which a new followee's posts are read.
        cache: the heads.
        cap: how many posts a head holds.
    """

    def __init__(self, graphs: GraphCacheUpdater, posts: Posts, cache: FollowGraphCache, cap: int) -> None:
        self._graphs = graphs
        self._posts = posts
        self._cache = cache
        self._cap = cap

    @asynccontextmanager
    async def changing(self, *viewers: int) -> AsyncIterator[tuple[int, ...]]:
        """Fence graphs before they may change; yields the fenced viewers, for `after_gain` or `after_loss`.

        Raises:
            EngineUnavailable: the change must not be made now.
        """
        fenced = await self._graphs.fence(viewers)
        try:
            yield fenced
        except (Problem, Refused):
            await self._graphs.release(fenced)
            raise

    async def after_gain(self, fenced: Sequence[int], changes: Sequence[FollowGraph], author_id: int) -> None:
        """Add an author's newest posts to the heads of viewers who now see them."""
        await self._release_unchanged(fenced, changes)
        try:
            await self._graphs.store(changes)
            for graph in changes:
                await self._cache.advance(graph, await self._newest(author_id))
        except EngineUnavailable as error:
            _log_stale(error)

    async def after_loss(self, fenced: Sequence[int], changes: Sequence[FollowGraph]) -> None:
        """Keep the heads of viewers who no longer see an author; readers drop that author's posts."""
        await self._release_unchanged(fenced, changes)
        try:
            await self._graphs.store(changes)
            for graph in changes:
                await self._cache.advance(graph, Graft())
        except EngineUnavailable as error:
            _log_stale(error)

    async def _release_unchanged(self, fenced: Sequence[int], changes: Sequence[FollowGraph]) -> None:
        changed = {graph.viewer_id for graph in changes}
        await self._graphs.release([viewer_id for viewer_id in fenced if viewer_id not in changed])

    async def _newest(self, author_id: int) -> Graft:
        post_ids = tuple(await self._posts.timeline(author_id, MAX_ID, self._cap))
        return Graft(post_ids, post_ids[-1] if len(post_ids) == self._cap else 0)


def _log_stale(error: EngineUnavailable) -> None:
    LOG.warning("feed_heads_stale", detail=str(error))
