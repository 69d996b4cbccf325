"""Finds the posts of a page that the viewer likes: in Redis if its newest likes are whole, else in Cassandra.

Called by photo_app.feed.service. Likes that are not whole in Redis are refilled in the background, for a bounded number
of viewers at once. A like that Redis missed has changed the version in PostgreSQL; a page that does not know the
current version asks Cassandra.
"""

from collections.abc import Sequence

from photo_core.breaker import EngineGuard
from photo_core.domain.degradation import NOTHING_CUT, TRUTH_SECONDS, Cut, Cuts
from photo_core.domain.feed.head import FeedHead
from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.errors import EngineUnavailable
from photo_core.feeds.hydration import Start
from photo_core.feeds.viewers import SeenViewer
from photo_core.ports.feeds import LikedCache
from photo_core.ports.likes import Likes

KEPT = 800  # likes of a viewer that Redis keeps
REBUILDS_AT_MOST = 16  # beyond, the next read asks again


class LikedPosts:
    """The likes of viewers.

    Args:
        likes: the truth.
        guard: the breaker before it.
        cache: Redis's, guarded.
        start_task: starts background work.
    """

    def __init__(self, likes: Likes, guard: EngineGuard, cache: LikedCache, start_task: Start) -> None:
        self._likes = likes
        self._guard = guard
        self._cache = cache
        self._start_task = start_task
        self._rebuilding: set[int] = set()

    async def among(self, seen: SeenViewer, post_ids: Sequence[int], cuts: Cuts = NOTHING_CUT) -> frozenset[int]:
        """Return the posts that the viewer likes, without those that cannot be looked up now."""
        if not post_ids:
            return frozenset()
        liked, version = seen.liked, seen.liked_version
        if liked is None and version is not None and seen.by_redis and Cut.EAGER_WORK not in cuts:
            self._request(seen.graph.viewer_id, version)
        if liked is not None and (post_ids[-1] >= liked.complete_down_to or Cut.PULLED_FEEDS in cuts):
            return frozenset(liked.post_ids).intersection(post_ids)
        if Cut.PULLED_FEEDS in cuts:
            return frozenset()
        return await self._by_truth(seen.graph.viewer_id, post_ids)

    async def _by_truth(self, viewer_id: int, post_ids: Sequence[int]) -> frozenset[int]:
        try:
            return await self._guard.call(lambda: self._likes.liked_by(viewer_id, post_ids), TRUTH_SECONDS)
        except EngineUnavailable:
            return frozenset()

    def _request(self, viewer_id: int, version: int) -> None:
        if viewer_id not in self._rebuilding and len(self._rebuilding) < REBUILDS_AT_MOST:
            self._rebuilding.add(viewer_id)
            self._start_task(self._rebuilt(viewer_id, version))

    async def _rebuilt(self, viewer_id: int, version: int) -> None:
        """Refill from scratch: a head from before a failover may hold a like whose removal was lost."""
        try:
            await self._cache.forget(viewer_id)
            nonce = await self._cache.begin_rebuild(viewer_id)
            post_ids = await self._likes.newest_liked(viewer_id, BEYOND_ALL, KEPT)
            complete_down_to = post_ids[-1] if len(post_ids) == KEPT else 0
            await self._cache.finish_rebuild(viewer_id, nonce, FeedHead(tuple(post_ids), complete_down_to), version)
        finally:
            self._rebuilding.discard(viewer_id)
