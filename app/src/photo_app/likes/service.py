"""Likes posts and takes likes back: a transaction on the membership rows, then the writes derived from it.

Both return the exact current count. The user's own list of likes is written before Redis, because a reader may fill
Redis from that list at the same time. A repeated request repeats the derived writes, so a request that broke off is
completed by retrying it; a lost event is made up for by the reconciler.
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
    """Whether a viewer likes a post, and how many do."""

    liked: bool
    count: int


class LikeTarget(Struct, frozen=True):
    """Whether a viewer may like a post, and its last stored counts."""

    allowed: bool
    counts: Counts


class LikeService:
    """Likes."""

    def __init__(
        self,
        ports: Ports,
        visibility: Visibility,
        interactions: Interactions,
        events: InteractionEvents,
        heads: LikedCacheUpdater,
    ) -> None:
        self._ports = ports
        self._visibility = visibility
        self._interactions = interactions
        self._events = events
        self._heads = heads
        self._hot = HotPosts(ports.clock)

    async def like(self, viewer_id: int, post_id: int) -> Liked:
        """Like a post; idempotent. If a block stands between the two, nothing is stored and the response does not tell.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        with metrics.LIKE_LATENCY.time():
            target = await self._target(viewer_id, post_id)
            if not target.allowed:
                return Liked(liked=False, count=await self._interactions.exact_likes(post_id, target.counts))
            at_ms = self._ports.clock.now_ms()
            if self._hot.becomes_hot(post_id):
                await self._ports.likes.spread(post_id)
            new = await self._ports.likes.like(post_id, viewer_id, at_ms)
            derived = [self._remembered(viewer_id, post_id, at_ms)]
            if new:
                metrics.LIKES.inc()
                derived.append(self._events.publish(InteractionKind.LIKED, post_id, viewer_id))
            return Liked(liked=True, count=await self._count_while_writing(derived, post_id, target.counts))

    async def unlike(self, viewer_id: int, post_id: int) -> Liked:
        """Take a like back; idempotent, and possible although a block stands between the two.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        with metrics.LIKE_LATENCY.time():
            target = await self._target(viewer_id, post_id)
            gone = await self._ports.likes.unlike(post_id, viewer_id)
            derived = [self._forgotten(viewer_id, post_id)]
            if gone:
                derived.append(self._events.publish(InteractionKind.UNLIKED, post_id, viewer_id))
            return Liked(liked=False, count=await self._count_while_writing(derived, post_id, target.counts))

    async def _target(self, viewer_id: int, post_id: int) -> LikeTarget:
        """Return whether a viewer may like a post, and schedule a recount of it."""
        posts, counts, _ = await asyncio.gather(
            self._ports.posts.get_many([post_id]),
            self._interactions.counts_of([post_id]),
            self._events.schedule_recount(post_id),
        )
        allowed = await self._visibility.may_like(viewer_id, posts.get(post_id))
        return LikeTarget(allowed, counts[post_id])

    async def _remembered(self, viewer_id: int, post_id: int, at_ms: int) -> None:
        await self._ports.likes.remember(viewer_id, post_id, at_ms)
        await self._heads.add(viewer_id, post_id)

    async def _forgotten(self, viewer_id: int, post_id: int) -> None:
        await self._ports.likes.forget(viewer_id, post_id)
        await self._heads.forget(viewer_id)

    async def _count_while_writing(self, derived: Sequence[Awaitable[None]], post_id: int, stored: Counts) -> int:
        """Return the current number of likes, while the derived writes run."""
        count, _ = await asyncio.gather(self._interactions.exact_likes(post_id, stored), asyncio.gather(*derived))
        return count
