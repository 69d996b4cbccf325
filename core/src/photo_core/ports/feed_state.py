"""What every feed read compares with and every process keeps in memory; PostgreSQL is the truth."""

from collections.abc import Collection, Mapping
from typing import Protocol

from msgspec import Struct

from photo_core.domain.accounts import PullRange


class Versions(Struct, frozen=True):
    """Where things stand now: of each viewer that was asked for two versions, and when they were last seen.

    `graph` are the versions of follow graphs, `liked` those that heads of likes are whole at, `state` is the state
    version. A viewer without an account is at 0, and was never seen.
    """

    graph: Mapping[int, int]
    state: int
    seen_at_ms: Mapping[int, int]
    liked: Mapping[int, int]


class FeedStateChanges(Struct, frozen=True):
    """What brings a process from an older state version to `version`.

    `pull_ranges` are all ranges of each author of whom one has changed, and take the place of what was known of that
    author; ranges are joined and moved but an author never loses the last. `hidden` is the whole current set, and so
    is `deleted`: the deleted accounts that may still stand in graphs.
    """

    version: int
    pull_ranges: tuple[PullRange, ...]
    hidden: frozenset[int]
    deleted: frozenset[int] = frozenset()


class FeedStates(Protocol):
    """Versions of viewers, and the pull ranges, hidden posts and deleted accounts that the state version counts.

    The state version grows with every change of those, in the order of the commits.
    """

    async def versions(self, viewers: Collection[int]) -> Versions:
        """Return the versions of now, in one snapshot and one small query."""
        ...

    async def changes_since(self, version: int) -> FeedStateChanges:
        """Return what has changed since a state version, in one snapshot; since -1 that is everything."""
        ...

    async def outdate_likes(self, viewer_id: int) -> None:
        """Let a viewer's head of likes be whole for no reader that asks for the versions from now on."""
        ...

    async def hide(self, post_id: int) -> None:
        """Take a post out of sight of every reader that asks for the versions from now on; idempotent."""
        ...

    async def unhide(self, post_ids: Collection[int]) -> None:
        """End that, once the post's deletion is confirmed wherever it is cached; idempotent."""
        ...

    async def hidden(self) -> frozenset[int]:
        """Return the posts that are hidden."""
        ...
