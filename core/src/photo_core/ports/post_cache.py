"""Posts ready to be served: their JSON, their counts, and the tombstones of those that were deleted.

Redis may lose any of it at any time. What is lost is a miss, never an answer: the truth is in Cassandra.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from photo_core.domain.interactions import Tally


class PostCounts(Struct, frozen=True):
    """Exact counts of a post; `offset` is the position of the last event in them, which only grows (see `Tally`)."""

    post_id: int
    likes: int
    comments: int
    offset: int


def counts_of(tally: Tally) -> PostCounts:
    """Return what is kept of a counted row."""
    return PostCounts(tally.post_id, tally.counts.likes, tally.counts.comments, tally.position)


class CachedPost(Struct, frozen=True):
    """A post's JSON object without its counts, which the reader adds; None when the counts are not kept."""

    post_id: int
    author_id: int
    body: bytes
    likes: int | None = None
    comments: int | None = None


class Buried(Struct, frozen=True):
    """In a post's place: it was deleted."""


BURIED = Buried()


class PostsRead(Struct, frozen=True):
    """What is kept of the posts asked for; those that are absent are misses.

    `lease` names the life of the master in which each miss was found. A post that is read from Cassandra afterwards may
    be filled in with it; if the master has forgotten a deletion in between, the lease is no longer valid.
    """

    found: Mapping[int, CachedPost | Buried]
    lease: Mapping[int, str]


class PostCache(Protocol):
    """Posts by id. Any method may raise `EngineUnavailable`."""

    async def read(self, post_ids: Sequence[int]) -> PostsRead:
        """Return what is kept of these posts, in one round trip to each master."""
        ...

    async def fill(self, posts: Sequence[CachedPost], lease: Mapping[int, str]) -> None:
        """Keep posts that were missed, never over a tombstone; their counts go by `set_counts`.

        Args:
            posts: as the truth has them, read after the lease was given.
            lease: of the read that missed them; what it does not name is not kept.
        """
        ...

    async def bury(self, post_id: int) -> None:
        """Put a tombstone in a post's place.

        Raises:
            EngineUnavailable: it may not stand; the deletion has to be told otherwise.
        """
        ...

    async def set_counts(self, counts: Sequence[PostCounts]) -> None:
        """Keep counts, unless newer ones are kept."""
        ...
