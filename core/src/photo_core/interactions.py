"""What posts' answers tell of likes and comments: counts, and whether the viewer likes a post.

Used by the API's views of posts and by the feed. It changes nothing but what derives from the truth and differs from
it; liking and commenting are the services' of photo_app, counting is the worker's `interaction-counter`.
"""

import asyncio
from collections.abc import Collection, Mapping

from msgspec import Struct

from photo_core.domain.interactions import Counts, Tally
from photo_core.ports.comments import Comments
from photo_core.ports.counters import Counters
from photo_core.ports.likes import Likes

COUNTED_AT_ONCE = 1_000  # membership rows that a request may read


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
        likes, comments, tallies = await asyncio.gather(
            self.likes.count(post_id, COUNTED_AT_ONCE),
            self.comments.count(post_id, COUNTED_AT_ONCE),
            self.counters.get_many([post_id]),
        )
        tallied = tallies.get(post_id, Tally(post_id)).counts
        return Counts(tallied.likes if likes is None else likes, tallied.comments if comments is None else comments)
