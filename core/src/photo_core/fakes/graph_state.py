"""What PostgreSQL holds of the follow graph, in memory: shared by the fakes of the ports that read and change it."""

from collections import defaultdict
from collections.abc import Collection

from photo_core.domain.accounts import Follow, FollowGraph, PullRange
from photo_core.fakes.accounts import FakeAccounts

Pair = tuple[int, int]


class GraphState:
    """Pairs are (who acts, whom it concerns). Takes the accounts whose counts it keeps."""

    def __init__(self, accounts: FakeAccounts) -> None:
        self.accounts = accounts
        self.follows: set[Pair] = set()
        self.requests: set[Pair] = set()
        self.blocks: set[Pair] = set()
        self.mutes: set[Pair] = set()
        self.versions: defaultdict[int, int] = defaultdict(int)
        self.liked_versions: defaultdict[int, int] = defaultdict(int)
        self.ranges: dict[int, tuple[PullRange, ...]] = {}
        self.ranges_changed: dict[int, int] = {}
        self.hidden: set[int] = set()
        self.deleted: set[int] = set()
        self.version = 0

    def both_exist(self, one: int, other: int) -> bool:
        """Tell whether both accounts are there, or raise EngineUnavailable while PostgreSQL is away."""
        self.accounts.require()
        return self.accounts.exists(one) and self.accounts.exists(other)

    def blocked(self, one: int, other: int) -> bool:
        """Tell whether a block stands between two accounts, either way."""
        return not self.blocks.isdisjoint({(one, other), (other, one)})

    def link(self, follower_id: int, followee_id: int) -> bool:
        """Add a follow and end the request for it; tell whether it was not there."""
        self.requests.discard((follower_id, followee_id))
        added = (follower_id, followee_id) not in self.follows
        if added:
            self.follows.add((follower_id, followee_id))
            self.accounts.count(follower_id, followee_id, 1)
        return added

    def unlink(self, follower_id: int, followee_id: int) -> bool:
        """Remove a follow and a request; tell whether the follow was there."""
        self.requests.discard((follower_id, followee_id))
        removed = (follower_id, followee_id) in self.follows
        if removed:
            self.follows.remove((follower_id, followee_id))
            self.accounts.count(follower_id, followee_id, -1)
        return removed

    def bump(self, *viewers: int) -> tuple[FollowGraph, ...]:
        """Begin a new version of viewers' graphs."""
        for viewer_id in viewers:
            self.versions[viewer_id] += 1
        return tuple(self.graph(viewer_id) for viewer_id in viewers)

    def graph(self, viewer_id: int) -> FollowGraph:
        """Return a viewer's followees and their pull ranges."""
        muted = concerned(self.mutes, viewer_id)
        followees = frozenset(concerned(self.follows, viewer_id) - muted)
        ranges = tuple(range_ for author in followees for range_ in self.ranges.get(author, ()))
        return FollowGraph(viewer_id, self.versions[viewer_id], followees, ranges)

    def standing(self, follower_id: int, followee_id: int, changes: tuple[FollowGraph, ...] = ()) -> Follow:
        """Return how a follower stands to an account."""
        pair = (follower_id, followee_id)
        return Follow(pair in self.follows, self.accounts.follower_count(followee_id), pair in self.requests, changes)

    def change_ranges(self, author_id: int, ranges: Collection[PullRange]) -> None:
        """Replace an author's ranges; the state version grows if they differ."""
        if self.ranges.get(author_id, ()) != tuple(ranges):
            self.version += 1
            self.ranges[author_id] = tuple(ranges)
            self.ranges_changed[author_id] = self.version

    def change_hidden(self, hidden: Collection[int]) -> None:
        """Replace the hidden posts; the state version grows if they differ."""
        if self.hidden != set(hidden):
            self.version += 1
            self.hidden = set(hidden)

    def change_deleted(self, deleted: Collection[int]) -> None:
        """Replace the deleted accounts that readers leave out; the state version grows if they differ."""
        if self.deleted != set(deleted):
            self.version += 1
            self.deleted = set(deleted)


def concerned(pairs: Collection[Pair], actor_id: int) -> set[int]:
    """Return whom pairs of one who acts concern."""
    return {whom for actor, whom in pairs if actor == actor_id}
