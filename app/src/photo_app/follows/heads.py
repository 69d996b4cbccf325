"""Takes graphs and heads in Redis along when a follow graph changes, so that the next read finds a whole head.

Called by the services of follows, requests and restrictions around their changes. While PostgreSQL answers nothing
here is needed for a right answer: a head of another graph version is not whole, and is rebuilt.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from photo_app.follows.snapshots import GraphSnapshots
from photo_app.problems import Problem
from photo_core.domain.accounts import FollowGraph
from photo_core.domain.ids import MAX_ID
from photo_core.errors import EngineUnavailable, Refused
from photo_core.ports.feeds import FeedCache, Graft
from photo_core.ports.posts import Posts

logger = structlog.get_logger(__name__)


class HeadsTakenAlong:
    """The heads and graphs of those whose graph a request changes.

    Args:
        snapshots: the graphs that Redis keeps.
        posts: the timelines that a new followee's posts are taken from.
        cache: the heads.
        cap: how many posts a head holds.
    """

    def __init__(self, snapshots: GraphSnapshots, posts: Posts, cache: FeedCache, cap: int) -> None:
        self._snapshots = snapshots
        self._posts = posts
        self._cache = cache
        self._cap = cap

    @property
    def cache(self) -> FeedCache:
        """The heads and graphs, guarded."""
        return self._cache

    @asynccontextmanager
    async def changing(self, *viewers: int) -> AsyncIterator[tuple[int, ...]]:
        """Fence graphs before they may change, and yield whose are fenced, for `after_gain` or `after_loss`.

        Raises:
            EngineUnavailable: the change must not be made now.
        """
        fenced = await self._snapshots.fence(viewers)
        try:
            yield fenced
        except (Problem, Refused):
            await self._snapshots.unchanged(fenced)
            raise

    async def after_gain(self, fenced: Sequence[int], changes: Sequence[FollowGraph], author_id: int) -> None:
        """Add an author's newest posts to the heads of those who have begun to see them."""
        await self._leave_unchanged(fenced, changes)
        try:
            await self._snapshots.tell(changes)
            for graph in changes:
                await self._cache.advance(graph, await self._newest(author_id))
        except EngineUnavailable as error:
            _left_behind(error)

    async def after_loss(self, fenced: Sequence[int], changes: Sequence[FollowGraph]) -> None:
        """Keep the heads of those who see an author no more; readers drop that author's posts."""
        await self._leave_unchanged(fenced, changes)
        try:
            await self._snapshots.tell(changes)
            for graph in changes:
                await self._cache.advance(graph, Graft())
        except EngineUnavailable as error:
            _left_behind(error)

    async def _leave_unchanged(self, fenced: Sequence[int], changes: Sequence[FollowGraph]) -> None:
        changed = {graph.viewer_id for graph in changes}
        await self._snapshots.unchanged([viewer_id for viewer_id in fenced if viewer_id not in changed])

    async def _newest(self, author_id: int) -> Graft:
        post_ids = tuple(await self._posts.timeline(author_id, MAX_ID, self._cap))
        return Graft(post_ids, post_ids[-1] if len(post_ids) == self._cap else 0)


def _left_behind(error: EngineUnavailable) -> None:
    logger.warning("feed_heads_left_behind", detail=str(error))
