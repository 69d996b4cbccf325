"""Who likes what; Cassandra's membership rows are the truth."""

from collections.abc import Collection
from typing import Protocol

from photo_core.domain.interactions import Membership


class Likes(Protocol):
    """Likes by post, and what derives from them by user."""

    async def like(self, post_id: int, user_id: int, at_ms: int) -> bool:
        """Make a user like a post; True only on a real transition, however many ask at once."""
        ...

    async def unlike(self, post_id: int, user_id: int) -> bool:
        """Undo a like; True only on a real transition."""
        ...

    async def liked(self, post_id: int, user_id: int) -> bool:
        """Return whether a user likes a post, by the truth."""
        ...

    async def spread(self, post_id: int) -> None:
        """Spread a hot post's likes over many partitions from now on; idempotent, and never undone."""
        ...

    async def count(self, post_id: int, at_most: int) -> int | None:
        """Return the exact number of likes, or None when it is above `at_most` or cannot be told cheaply."""
        ...

    async def members(self, post_id: int) -> Membership:
        """Count all membership rows of a post."""
        ...

    async def remember(self, user_id: int, post_id: int, at_ms: int) -> None:
        """Keep a like by its user: derived, so it is repeated whenever the truth is seen to differ."""
        ...

    async def forget(self, user_id: int, post_id: int) -> None:
        """Take a like from its user's."""
        ...

    async def liked_by(self, user_id: int, post_ids: Collection[int]) -> frozenset[int]:
        """Return which of these posts a user likes, by what derives from the truth."""
        ...

    async def newest_liked(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids below `before_id` of posts that a user likes, highest first."""
        ...
