"""What posts' answers tell of likes and comments: counts, and whether the viewer likes a post.

Used by the API's views of posts and by the feed. Liking and commenting are the services' of photo_app, counting is the
worker's `interaction-counter`; here nothing is changed but what derives from a like and differs from it.
"""

import asyncio
from collections.abc import Awaitable, Collection, Mapping

from msgspec import Struct

from photo_core.domain.ids import created_at_ms
from photo_core.domain.interactions import Counts
from photo_core.ports.comments import Comments
from photo_core.ports.counters import Counters
from photo_core.ports.likes import Likes

FEW = 1_000  # membership rows that a request may read


class Interactions(Struct, frozen=True):
    """Counts from the counted rows for pages, and from the membership rows for single posts."""

    likes: Likes
    comments: Comments
    counters: Counters

    async def counts_of(self, post_ids: Collection[int]) -> Mapping[int, Counts]:
        """Return the counts of posts, each behind the truth by no more than the counter's lag."""
        tallies = await self.counters.get_many(post_ids)
        return {id_: tallies[id_].counts if id_ in tallies else Counts() for id_ in post_ids}

    async def liked_by(self, viewer_id: int, post_ids: Collection[int]) -> frozenset[int]:
        """Return which of these posts the viewer likes."""
        return await self.likes.liked_by(viewer_id, post_ids)

    async def exact(self, post_id: int) -> Counts:
        """Return a post's counts as of now: from the membership rows while they are few, else the counted row."""
        tallied = (await self.counts_of([post_id]))[post_id]
        return Counts(*await asyncio.gather(self.exact_likes(post_id, tallied), self._comments(post_id, tallied)))

    async def exact_likes(self, post_id: int, tallied: Counts) -> int:
        """Return a post's likes as of now, as `exact` does, given what was just told by `counts_of`."""
        return tallied.likes if tallied.likes > FEW else await _few(self.likes.count(post_id, FEW), tallied.likes)

    async def likes_now(self, viewer_id: int, post_id: int) -> bool:
        """Return whether the viewer likes a post by the truth, and mend what derives from it."""
        liked, derived = await asyncio.gather(
            self.likes.liked(post_id, viewer_id), self.likes.liked_by(viewer_id, [post_id])
        )
        if liked and not derived:
            await self.likes.remember(viewer_id, post_id, created_at_ms(post_id))
        if derived and not liked:
            await self.likes.forget(viewer_id, post_id)
        return liked

    async def _comments(self, post_id: int, tallied: Counts) -> int:
        if tallied.comments > FEW:
            return tallied.comments
        return await _few(self.comments.count(post_id, FEW), tallied.comments)


async def _few(counted: Awaitable[int | None], tallied: int) -> int:
    count = await counted
    return tallied if count is None else count
