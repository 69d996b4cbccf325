"""PostgreSQL's follow graph in memory, over the same people as `FakeAccounts`."""

from collections import defaultdict
from collections.abc import AsyncIterator

import msgspec

from photo_core.domain.accounts import AuthorReach, Follow, FollowGraph, PullRange
from photo_core.fakes.accounts import FakeAccounts


class FakeFollows:
    """Who follows whom, and whose posts are pulled."""

    def __init__(self, accounts: FakeAccounts) -> None:
        self._accounts = accounts
        self._pairs: set[tuple[int, int]] = set()
        self._versions: defaultdict[int, int] = defaultdict(int)
        self._ranges: dict[tuple[int, int], PullRange] = {}

    async def follow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Make one follow another; None if one does not exist."""
        if not self._both_exist(follower_id, followee_id):
            return None
        if (follower_id, followee_id) not in self._pairs:
            self._pairs.add((follower_id, followee_id))
            self._count(follower_id, followee_id, 1)
        return Follow(following=True, follower_count=self._accounts.follower_count(followee_id))

    async def unfollow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Undo a follow; None if one does not exist."""
        if not self._both_exist(follower_id, followee_id):
            return None
        if (follower_id, followee_id) in self._pairs:
            self._pairs.remove((follower_id, followee_id))
            self._count(follower_id, followee_id, -1)
        return Follow(following=False, follower_count=self._accounts.follower_count(followee_id))

    async def graph(self, viewer_id: int) -> FollowGraph:
        """Return the viewer's followees and their pull ranges."""
        self._accounts.require()
        followees = frozenset(followee for follower, followee in self._pairs if follower == viewer_id)
        ranges = tuple(range_ for range_ in self._ranges.values() if range_.author_id in followees)
        return FollowGraph(viewer_id, self._versions[viewer_id], followees, ranges)

    async def followers_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return follower ids below `before_id`, highest first."""
        self._accounts.require()
        return sorted((id_ for id_ in self._followers(user_id) if id_ < before_id), reverse=True)[:limit]

    async def following_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return followee ids below `before_id`, highest first."""
        followees = (await self.graph(user_id)).followees
        return sorted((id_ for id_ in followees if id_ < before_id), reverse=True)[:limit]

    async def follower_ranges(self, author_id: int, size: int) -> AsyncIterator[tuple[int, ...]]:
        """Yield all followers of one snapshot in ranges of at most `size`."""
        self._accounts.require()
        followers = sorted(self._followers(author_id))
        for start in range(0, len(followers), size):
            yield tuple(followers[start : start + size])

    async def reach(self, author_id: int) -> AuthorReach:
        """Return the follower count and the open pull range of an author."""
        self._accounts.require()
        return AuthorReach(author_id, self._accounts.follower_count(author_id), self._open(author_id))

    async def open_pull_range(self, author_id: int, from_id: int) -> None:
        """Pull the author's posts from an id on; an open range is only ever extended downwards."""
        self._accounts.require()
        if (known := self._open(author_id)) is not None:
            del self._ranges[author_id, known.from_id]
            from_id = min(from_id, known.from_id)
        self._ranges[author_id, from_id] = PullRange(author_id, from_id)

    async def add_pull_range(self, closed: PullRange) -> None:
        """Pull a closed range of the author's posts."""
        self._accounts.require()
        known = self._ranges.setdefault((closed.author_id, closed.from_id), closed)
        if known.to_id is not None and closed.to_id is not None and known.to_id < closed.to_id:
            self._ranges[closed.author_id, closed.from_id] = closed

    async def close_pull_range(self, author_id: int, to_id: int) -> None:
        """End the author's open range at an id, inclusive."""
        self._accounts.require()
        if (range_ := self._open(author_id)) is not None:
            self._ranges[author_id, range_.from_id] = msgspec.structs.replace(range_, to_id=to_id)

    def _open(self, author_id: int) -> PullRange | None:
        ranges = (range_ for range_ in self._ranges.values() if range_.author_id == author_id)
        return next((range_ for range_ in ranges if range_.to_id is None), None)

    def _followers(self, user_id: int) -> set[int]:
        return {follower for follower, followee in self._pairs if followee == user_id}

    def _both_exist(self, follower_id: int, followee_id: int) -> bool:
        self._accounts.require()
        return self._accounts.exists(follower_id) and self._accounts.exists(followee_id)

    def _count(self, follower_id: int, followee_id: int, change: int) -> None:
        self._versions[follower_id] += 1
        self._accounts.count(follower_id, followee_id, change)
