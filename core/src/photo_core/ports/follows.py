"""The follow graph, and what stands against following; PostgreSQL is the truth.

Every change is idempotent. Only a real transition bumps graph versions: by one for each account that it concerns, in
its own transaction, and it returns the graphs that it has made, read in that transaction.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Protocol

from photo_core.domain.accounts import AuthorReach, Follow, FollowerRead, FollowGraph, PullRange
from photo_core.domain.visibility import Relation


class Follows(Protocol):
    """Who follows whom, and whose posts are pulled."""

    async def follow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Make one follow another, or ask to if the account is private; None if one does not exist.

        Raises:
            Refused: a block stands between the two.
        """
        ...

    async def unfollow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Undo a follow and withdraw a request; None if one does not exist."""
        ...

    async def graph(self, viewer_id: int) -> FollowGraph:
        """Return the viewer's followees and their pull ranges, in one snapshot."""
        ...

    async def relation(self, viewer_id: int, author_id: int) -> Relation | None:
        """Return how a viewer stands to an author; None if there is no such author."""
        ...

    async def relations(self, viewer_id: int, author_ids: Collection[int]) -> Mapping[int, Relation]:
        """Return how a viewer stands to those authors that exist, by author, in one snapshot."""
        ...

    async def followers_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return follower ids below `before_id`, highest first."""
        ...

    async def following_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return followee ids below `before_id`, highest first; muted ones too."""
        ...

    def follower_ranges(self, wanted: FollowerRead) -> AsyncIterator[tuple[int, ...]]:
        """Yield the followers of one snapshot in ranges, active ones first, by keyset."""
        ...

    async def reach(self, author_id: int) -> AuthorReach:
        """Return the follower count and the open pull range of an author."""
        ...

    async def open_pull_range(self, author_id: int, from_id: int) -> None:
        """Pull the author's posts from an id on; an open range is extended down to it, never up.

        Two planners may race at the threshold, one of them with an older post from the retry topic.
        """
        ...

    async def add_pull_ranges(self, closed: Sequence[PullRange]) -> None:
        """Pull closed ranges of their authors' posts, all or none; ranges that touch become one."""
        ...

    async def close_pull_range(self, author_id: int, to_id: int) -> None:
        """End the author's open range at an id, inclusive."""
        ...


class FollowRequests(Protocol):
    """Who waits to follow a private account."""

    async def accept(self, owner_id: int, requester_id: int) -> Follow | None:
        """Turn a request into a follow and return how the requester stands to the owner; None if one does not exist."""
        ...

    async def decline(self, owner_id: int, requester_id: int) -> Follow | None:
        """Drop a request; a follow stays. None if one does not exist."""
        ...

    async def page(self, owner_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids of requesters below `before_id`, highest first."""
        ...

    async def make_private(self, owner_id: int) -> None:
        """Let new followers ask from now on; those of now stay."""
        ...

    async def make_public(self, owner_id: int) -> None:
        """Let anybody follow from now on, and accept every request that waits, all at once."""
        ...


class Restrictions(Protocol):
    """Blocks, which end everything between two accounts, and mutes, which concern the feeds of one."""

    async def block(self, blocker_id: int, blocked_id: int) -> tuple[FollowGraph, ...] | None:
        """Remove both follows and both requests and refuse new ones; None if one does not exist."""
        ...

    async def unblock(self, blocker_id: int, blocked_id: int) -> tuple[FollowGraph, ...] | None:
        """End the blocker's own block, which restores no follow; None if one does not exist."""
        ...

    async def mute(self, viewer_id: int, author_id: int) -> tuple[FollowGraph, ...] | None:
        """Take an author out of the viewer's feed; None if one does not exist."""
        ...

    async def unmute(self, viewer_id: int, author_id: int) -> tuple[FollowGraph, ...] | None:
        """End a mute; None if one does not exist."""
        ...
