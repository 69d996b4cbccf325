"""The follow graph; PostgreSQL is the truth."""

from collections.abc import AsyncIterator
from typing import Protocol

from photo_core.domain.accounts import AuthorReach, Follow, FollowGraph, PullRange


class Follows(Protocol):
    """Who follows whom, and whose posts are pulled."""

    async def follow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Make one follow another; idempotent; None if one does not exist.

        Counts and graph version change only on a real transition.
        """
        ...

    async def unfollow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Undo a follow; idempotent; None if one does not exist."""
        ...

    async def graph(self, viewer_id: int) -> FollowGraph:
        """Return the viewer's followees and their pull ranges, in one snapshot."""
        ...

    async def followers_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return follower ids below `before_id`, highest first."""
        ...

    async def following_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return followee ids below `before_id`, highest first."""
        ...

    def follower_ranges(self, author_id: int, size: int) -> AsyncIterator[tuple[int, ...]]:
        """Yield all followers of one snapshot in ranges of at most `size`, by keyset."""
        ...

    async def reach(self, author_id: int) -> AuthorReach:
        """Return the follower count and the open pull range of an author."""
        ...

    async def open_pull_range(self, author_id: int, from_id: int) -> None:
        """Pull the author's posts from an id on; an open range is extended down to it, never up.

        Two planners may race at the threshold, one of them with an older post from the retry topic.
        """
        ...

    async def add_pull_range(self, closed: PullRange) -> None:
        """Pull a closed range of the author's posts; idempotent."""
        ...

    async def close_pull_range(self, author_id: int, to_id: int) -> None:
        """End the author's open range at an id, inclusive; idempotent."""
        ...
