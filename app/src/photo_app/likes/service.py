"""Likes and their removal: a transaction on the membership rows, then what derives from them.

Both answer the exact count of now. The likes of the user are written before Redis is told, since a head of likes that
is read back meanwhile holds what they say. What derives from a like is written again by a repeated request, so that one
that broke off is mended by trying again; its event, if it was lost, by the reconciler.
"""

import asyncio
from collections.abc import Awaitable, Sequence

from msgspec import Struct

from photo_app.interaction_events import InteractionEvents
from photo_app.likes.hot_posts import HotPosts
from photo_app.likes.liked_cache import LikedCacheUpdater
from photo_app.ports import Ports
from photo_app.visibility import Visibility
from photo_core.domain.interactions import Counts
from photo_core.feeds.interactions import Interactions
from photo_core.messages.events import InteractionKind
from photo_core.telemetry import metrics


class Liked(Struct, frozen=True):
    """How somebody stands to a post, and how many like it."""

    liked: bool
    count: int


class Reached(Struct, frozen=True):
    """Whether a viewer's like reaches a post, and what was last counted of it."""

    open: bool
    tallied: Counts


class LikeService:
    """Likes."""

    def __init__(
        self,
        ports: Ports,
        visibility: Visibility,
        interactions: Interactions,
        transitions: InteractionEvents,
        heads: LikedCacheUpdater,
    ) -> None:
        self._ports = ports
        self._visibility = visibility
        self._interactions = interactions
        self._transitions = transitions
        self._heads = heads
        self._hot = HotPosts(ports.clock)

    async def like(self, viewer_id: int, post_id: int) -> Liked:
        """Like a post; idempotent. Across a block nothing happens, and nobody is told.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        with metrics.LIKE_LATENCY.time():
            reached = await self._reach(viewer_id, post_id)
            if not reached.open:
                return Liked(liked=False, count=await self._interactions.exact_likes(post_id, reached.tallied))
            at_ms = self._ports.clock.now_ms()
            if self._hot.becomes_hot(post_id):
                await self._ports.likes.spread(post_id)
            new = await self._ports.likes.like(post_id, viewer_id, at_ms)
            derived = [self._remembered(viewer_id, post_id, at_ms)]
            if new:
                metrics.LIKES.inc()
                derived.append(self._transitions.announce(InteractionKind.LIKED, post_id, viewer_id))
            return Liked(liked=True, count=await self._counted_beside(derived, post_id, reached.tallied))

    async def unlike(self, viewer_id: int, post_id: int) -> Liked:
        """Like a post no longer; idempotent, and possible across a block.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        with metrics.LIKE_LATENCY.time():
            reached = await self._reach(viewer_id, post_id)
            gone = await self._ports.likes.unlike(post_id, viewer_id)
            derived = [self._forgotten(viewer_id, post_id)]
            if gone:
                derived.append(self._transitions.announce(InteractionKind.UNLIKED, post_id, viewer_id))
            return Liked(liked=False, count=await self._counted_beside(derived, post_id, reached.tallied))

    async def _reach(self, viewer_id: int, post_id: int) -> Reached:
        """Return whether a viewer may like a post, and have it counted again in case."""
        posts, counts, _ = await asyncio.gather(
            self._ports.posts.get_many([post_id]),
            self._interactions.counts_of([post_id]),
            self._transitions.expect(post_id),
        )
        reaches = await self._visibility.reaches_post(viewer_id, posts.get(post_id))
        return Reached(reaches, counts[post_id])

    async def _remembered(self, viewer_id: int, post_id: int, at_ms: int) -> None:
        await self._ports.likes.remember(viewer_id, post_id, at_ms)
        await self._heads.add(viewer_id, post_id)

    async def _forgotten(self, viewer_id: int, post_id: int) -> None:
        await self._ports.likes.forget(viewer_id, post_id)
        await self._heads.forget(viewer_id)

    async def _counted_beside(self, derived: Sequence[Awaitable[None]], post_id: int, tallied: Counts) -> int:
        """Return the likes of now; what derives from the transaction is written at the same time."""
        count, _ = await asyncio.gather(self._interactions.exact_likes(post_id, tallied), asyncio.gather(*derived))
        return count
