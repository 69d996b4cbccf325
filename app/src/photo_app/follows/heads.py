"""Takes feed heads along when a follow graph changes, so that the next read finds a whole one.

Called by the services of follows, requests and restrictions, after their change has committed. Nothing here is needed
for a right answer: a head of another graph version is not whole, and is rebuilt.
"""

import structlog

from photo_core.domain.accounts import GraphChange
from photo_core.domain.ids import MAX_ID
from photo_core.errors import EngineUnavailable
from photo_core.ports.feeds import FeedCache, Graft
from photo_core.ports.follows import Follows
from photo_core.ports.posts import Posts

logger = structlog.get_logger(__name__)


class HeadsTakenAlong:
    """The heads of those whose graph a request has changed.

    Args:
        follows: the graphs of now.
        posts: the timelines that a new followee's posts are taken from.
        cache: the heads.
        cap: how many posts a head holds.
    """

    def __init__(self, follows: Follows, posts: Posts, cache: FeedCache, cap: int) -> None:
        self._follows = follows
        self._posts = posts
        self._cache = cache
        self._cap = cap

    async def after_gain(self, changes: tuple[GraphChange, ...], author_id: int) -> None:
        """Add an author's newest posts to the heads of those who have begun to see them."""
        try:
            for change in changes:
                await self._advance(change, await self._newest(author_id))
        except EngineUnavailable as error:
            _left_behind(error)

    async def after_loss(self, changes: tuple[GraphChange, ...]) -> None:
        """Keep the heads of those who see an author no more; readers drop that author's posts."""
        try:
            for change in changes:
                await self._advance(change, Graft())
        except EngineUnavailable as error:
            _left_behind(error)

    async def _newest(self, author_id: int) -> Graft:
        post_ids = tuple(await self._posts.timeline(author_id, MAX_ID, self._cap))
        return Graft(post_ids, post_ids[-1] if len(post_ids) == self._cap else 0)

    async def _advance(self, change: GraphChange, graft: Graft) -> None:
        """Advance to the version that the change made; of a newer one this graft would be only a part."""
        graph = await self._follows.graph(change.viewer_id)
        if graph.version == change.version:
            await self._cache.advance(graph, graft)


def _left_behind(error: EngineUnavailable) -> None:
    logger.warning("feed_heads_left_behind", detail=str(error))
