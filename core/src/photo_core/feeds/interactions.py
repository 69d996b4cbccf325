"""What posts' answers tell of likes and comments: counts, and whether the viewer likes a post.

Used by the API for posts outside of feeds, and to answer a like. Liking and commenting are the services' of photo_app,
counting is the worker's `interaction-counter`; here nothing is changed but what derives from a like and differs from
it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from photo_core.domain.ids import created_at_ms
from photo_core.domain.interactions import Counts
from photo_core.feeds.single_flight import SingleFlight
from photo_core.ports.comments import Comments
from photo_core.ports.counters import Counters
from photo_core.ports.likes import Likes

FEW = 1_000  # membership rows that a request may read
Count = Callable[[int, int], Awaitable[int | None]]


class Interactions:
    """Counts from the counted rows for pages, and from the membership rows for single posts.

    Those who ask for the rows of one post at the same moment share one answer, which is read after all have asked.
    """

    def __init__(self, likes: Likes, comments: Comments, counters: Counters) -> None:
        self._likes = likes
        self._counters = counters
        self._few_likes = SingleFlight(lambda post_ids: _few(likes.count, post_ids))
        self._few_comments = SingleFlight(lambda post_ids: _few(comments.count, post_ids))

    async def counts_of(self, post_ids: Collection[int]) -> Mapping[int, Counts]:
        """Return the counts of posts, each behind the truth by no more than the counter's lag."""
        tallies = await self._counters.to_show(post_ids)
        return {id_: tallies[id_].counts if id_ in tallies else Counts() for id_ in post_ids}

    async def liked_by(self, viewer_id: int, post_ids: Collection[int]) -> frozenset[int]:
        """Return which of these posts the viewer likes."""
        return await self._likes.liked_by(viewer_id, post_ids)

    async def exact(self, post_id: int) -> Counts:
        """Return a post's counts as of now: from the membership rows while they are few, else the counted row."""
        tallied = (await self.counts_of([post_id]))[post_id]
        return Counts(*await asyncio.gather(self.exact_likes(post_id, tallied), self._exact_comments(post_id, tallied)))

    async def exact_likes(self, post_id: int, tallied: Counts) -> int:
        """Return a post's likes as of now, as `exact` does, given what was just told by `counts_of`."""
        few = await self._few_likes.answer(post_id) if tallied.likes <= FEW else None
        return tallied.likes if few is None else few

    async def _exact_comments(self, post_id: int, tallied: Counts) -> int:
        few = await self._few_comments.answer(post_id) if tallied.comments <= FEW else None
        return tallied.comments if few is None else few

    async def likes_now(self, viewer_id: int, post_id: int) -> bool:
        """Return whether the viewer likes a post by the truth, and mend what derives from it."""
        liked, derived = await asyncio.gather(
            self._likes.liked(post_id, viewer_id), self._likes.liked_by(viewer_id, [post_id])
        )
        if liked and not derived:
            await self._likes.remember(viewer_id, post_id, created_at_ms(post_id))
        if derived and not liked:
            await self._likes.forget(viewer_id, post_id)
        return liked


async def _few(count: Count, post_ids: Collection[int]) -> Mapping[int, int]:
    """Count the rows of posts; those with too many are absent."""
    counts = await asyncio.gather(*(count(post_id, FEW) for post_id in post_ids))
    return {post_id: count for post_id, count in zip(post_ids, counts, strict=True) if count is not None}
