"""Which posts somebody keeps for themselves; Cassandra is the truth."""

from typing import Protocol


class Saves(Protocol):
    """Saved posts by user."""

    async def save(self, user_id: int, post_id: int) -> None:
        """Keep a post; idempotent."""
        ...

    async def unsave(self, user_id: int, post_id: int) -> None:
        """Keep a post no longer; idempotent."""
        ...

    async def page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids below `before_id` of a user's saved posts, highest first."""
        ...
