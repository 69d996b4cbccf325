"""Comments; Cassandra is the truth."""

from typing import Protocol

from photo_core.domain.interactions import Comment, Membership


class Comments(Protocol):
    """Comments by id and by post."""

    async def create(self, comment: Comment) -> None:
        """Store a comment; the same call again changes nothing, and never undoes a delete."""
        ...

    async def get(self, comment_id: int) -> Comment | None:
        """Return a comment, or None if there is none or it was deleted."""
        ...

    async def delete(self, comment: Comment) -> bool:
        """Delete a comment; True for the one call that has, however many ask at once."""
        ...

    async def was_deleted(self, comment_id: int) -> bool:
        """Return whether a comment was deleted within the last day."""
        ...

    async def page(self, post_id: int, before_id: int, limit: int) -> list[Comment]:
        """Return a post's comments with ids below `before_id`, newest first."""
        ...

    async def by_author(self, author_id: int, before_id: int, limit: int) -> list[Comment]:
        """Return an author's comments with ids below `before_id`, newest first."""
        ...

    async def count(self, post_id: int, at_most: int) -> int | None:
        """Return the exact number of a post's comments, or None when it is above `at_most`."""
        ...

    async def members(self, post_id: int) -> Membership:
        """Count all comments of a post."""
        ...
