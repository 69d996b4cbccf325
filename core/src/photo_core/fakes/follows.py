"""The follow graph in memory, over the same people as `FakeAccounts`."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from photo_core.domain.accounts import AuthorReach, Follow, FollowerRead, FollowGraph, PullRange
from photo_core.domain.pull_ranges import closed_at, joined
from photo_core.domain.visibility import Relation
from photo_core.errors import Refused
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.graph_state import GraphState, concerned


class FakeFollows:
    """Who follows whom, and whose posts are pulled; `state` is for the other fakes of the graph."""

    def __init__(self, accounts: FakeAccounts) -> None:
        self._accounts = accounts
        self.state = GraphState(accounts)

    async def follow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Make one follow another, or ask to; None if one does not exist."""
        if not self.state.both_exist(follower_id, followee_id):
            return None
        if self.state.blocked(follower_id, followee_id):
            raise Refused("a block stands between the two")
        if (follower_id, followee_id) in self.state.follows:
            return self.state.standing(follower_id, followee_id)
        if self._accounts.private(followee_id):
            self.state.requests.add((follower_id, followee_id))
            return self.state.standing(follower_id, followee_id)
        self.state.link(follower_id, followee_id)
        return self.state.standing(follower_id, followee_id, self.state.bump(follower_id))

    async def unfollow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Undo a follow and withdraw a request; None if one does not exist."""
        if not self.state.both_exist(follower_id, followee_id):
            return None
        removed = self.state.unlink(follower_id, followee_id)
        return self.state.standing(follower_id, followee_id, self.state.bump(follower_id) if removed else ())

    async def graph(self, viewer_id: int) -> FollowGraph:
        """Return the viewer's followees and their pull ranges."""
        self._accounts.require()
        return self.state.graph(viewer_id)

    async def relation(self, viewer_id: int, author_id: int) -> Relation | None:
        """Return how a viewer stands to an author."""
        return (await self.relations(viewer_id, [author_id])).get(author_id)

    async def relations(self, viewer_id: int, author_ids: Collection[int]) -> Mapping[int, Relation]:
        """Return how a viewer stands to those authors that exist."""
        self._accounts.require()
        return {id_: self._relation(viewer_id, id_) for id_ in author_ids if self._accounts.exists(id_)}

    async def followers_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return follower ids below `before_id`, highest first."""
        self._accounts.require()
        return page(self._followers(user_id), before_id, limit)

    async def following_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return followee ids below `before_id`, highest first."""
        self._accounts.require()
        return page(concerned(self.state.follows, user_id), before_id, limit)

    async def follower_ranges(self, wanted: FollowerRead) -> AsyncIterator[tuple[int, ...]]:
        """Yield the followers of one snapshot in ranges, active ones first."""
        self._accounts.require()
        seen = {id_: self._accounts.seen_at_ms(id_) for id_ in sorted(self._followers(wanted.author_id))}
        active = [id_ for id_, at_ms in seen.items() if at_ms >= wanted.active_since_ms]
        rest = [id_ for id_, at_ms in seen.items() if wanted.unseen_since_ms <= at_ms < wanted.active_since_ms]
        followers = active + rest
        for start in range(0, len(followers), wanted.size):
            yield tuple(followers[start : start + wanted.size])

    async def reach(self, author_id: int) -> AuthorReach:
        """Return the follower count and the open pull range of an author."""
        self._accounts.require()
        ranges = self.state.ranges.get(author_id, ())
        open_range = next((range_ for range_ in ranges if range_.to_id is None), None)
        return AuthorReach(author_id, self._accounts.follower_count(author_id), open_range)

    async def open_pull_range(self, author_id: int, from_id: int) -> None:
        """Pull the author's posts from an id on."""
        await self.add_pull_ranges([PullRange(author_id, from_id)])

    async def add_pull_ranges(self, closed: Sequence[PullRange]) -> None:
        """Pull ranges of their authors' posts."""
        self._accounts.require()
        for range_ in closed:
            known = self.state.ranges.get(range_.author_id, ())
            self.state.change_ranges(range_.author_id, joined([*known, range_]))

    async def close_pull_range(self, author_id: int, to_id: int) -> None:
        """End the author's open range at an id, inclusive."""
        self._accounts.require()
        self.state.change_ranges(author_id, closed_at(self.state.ranges.get(author_id, ()), to_id))

    def _followers(self, user_id: int) -> set[int]:
        return {follower for follower, followee in self.state.follows if followee == user_id}

    def _relation(self, viewer_id: int, author_id: int) -> Relation:
        pair = (viewer_id, author_id)
        return Relation(
            viewer_id=viewer_id,
            author_id=author_id,
            private=self._accounts.private(author_id),
            following=pair in self.state.follows,
            blocking=pair in self.state.blocks,
            blocked_by=pair[::-1] in self.state.blocks,
            muted=pair in self.state.mutes,
        )


class FakeFollowRequests:
    """Who waits to follow a private account."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def accept(self, owner_id: int, requester_id: int) -> Follow | None:
        """Turn a request into a follow."""
        if not self._state.both_exist(owner_id, requester_id):
            return None
        waiting = (requester_id, owner_id) in self._state.requests
        added = waiting and self._state.link(requester_id, owner_id)
        return self._state.standing(requester_id, owner_id, self._state.bump(requester_id) if added else ())

    async def decline(self, owner_id: int, requester_id: int) -> Follow | None:
        """Drop a request."""
        if not self._state.both_exist(owner_id, requester_id):
            return None
        self._state.requests.discard((requester_id, owner_id))
        return self._state.standing(requester_id, owner_id)

    async def page(self, owner_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids of requesters below `before_id`, highest first."""
        self._state.accounts.require()
        return page(self._waiting(owner_id), before_id, limit)

    async def make_private(self, owner_id: int) -> None:
        """Let new followers ask from now on."""
        self._state.accounts.require()
        self._state.accounts.set_private(owner_id, private=True)

    async def make_public(self, owner_id: int) -> None:
        """Let anybody follow, and accept every request."""
        self._state.accounts.require()
        self._state.accounts.set_private(owner_id, private=False)
        for requester_id in self._waiting(owner_id):
            self._state.link(requester_id, owner_id)
            self._state.bump(requester_id)

    def _waiting(self, owner_id: int) -> set[int]:
        return {requester for requester, owner in self._state.requests if owner == owner_id}


class FakeRestrictions:
    """Blocks and mutes."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def block(self, blocker_id: int, blocked_id: int) -> tuple[FollowGraph, ...] | None:
        """Remove everything between two accounts and refuse new follows."""
        pair = (blocker_id, blocked_id)
        if not self._state.both_exist(*pair):
            return None
        if pair in self._state.blocks:
            return ()
        self._state.blocks.add(pair)
        self._state.unlink(*pair)
        self._state.unlink(*pair[::-1])
        return self._state.bump(*pair)

    async def unblock(self, blocker_id: int, blocked_id: int) -> tuple[FollowGraph, ...] | None:
        """End the blocker's own block."""
        if not self._state.both_exist(blocker_id, blocked_id):
            return None
        self._state.blocks.discard((blocker_id, blocked_id))
        return ()

    async def mute(self, viewer_id: int, author_id: int) -> tuple[FollowGraph, ...] | None:
        """Take an author out of the viewer's feed."""
        if not self._state.both_exist(viewer_id, author_id):
            return None
        if (viewer_id, author_id) in self._state.mutes:
            return ()
        self._state.mutes.add((viewer_id, author_id))
        return self._state.bump(viewer_id)

    async def unmute(self, viewer_id: int, author_id: int) -> tuple[FollowGraph, ...] | None:
        """End a mute."""
        if not self._state.both_exist(viewer_id, author_id):
            return None
        if (viewer_id, author_id) not in self._state.mutes:
            return ()
        self._state.mutes.remove((viewer_id, author_id))
        return self._state.bump(viewer_id)


def page(ids: Collection[int], before_id: int, limit: int) -> list[int]:
    """Return ids below `before_id`, highest first."""
    return sorted((id_ for id_ in ids if id_ < before_id), reverse=True)[:limit]
