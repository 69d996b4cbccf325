"""Versions, pull ranges and hidden posts in memory, of the same graph as `FakeFollows`."""

from collections.abc import Collection

from photo_core.fakes.graph_state import GraphState
from photo_core.ports.feed_state import FeedStateChanges, Versions


class FakeFeedStates:
    """What every feed read compares with."""

    def __init__(self, state: GraphState) -> None:
        self._state = state

    async def versions(self, viewers: Collection[int]) -> Versions:
        """Return the versions of now."""
        self._state.accounts.require()
        graph = {viewer: self._state.versions.get(viewer, 0) for viewer in viewers}
        accounts = self._state.accounts
        seen = {viewer: accounts.seen_at_ms(viewer) if accounts.exists(viewer) else 0 for viewer in viewers}
        liked = {viewer: self._state.liked_versions.get(viewer, 0) for viewer in viewers}
        return Versions(graph, self._state.version, seen, liked)

    async def changes_since(self, version: int) -> FeedStateChanges:
        """Return what has changed since a state version."""
        self._state.accounts.require()
        changed = [author for author, at in self._state.ranges_changed.items() if at > version]
        ranges = tuple(range_ for author in changed for range_ in self._state.ranges[author])
        hidden, deleted = frozenset(self._state.hidden), frozenset(self._state.deleted)
        return FeedStateChanges(self._state.version, ranges, hidden, deleted)

    async def outdate_likes(self, viewer_id: int) -> None:
        """Begin a new version of a viewer's likes."""
        self._state.accounts.require()
        if self._state.accounts.exists(viewer_id):
            self._state.liked_versions[viewer_id] += 1

    async def hide(self, post_id: int) -> None:
        """Take a post out of sight."""
        self._state.accounts.require()
        self._state.change_hidden(self._state.hidden | {post_id})

    async def unhide(self, post_ids: Collection[int]) -> None:
        """End that."""
        self._state.accounts.require()
        self._state.change_hidden(self._state.hidden - set(post_ids))

    async def hidden(self) -> frozenset[int]:
        """Return the posts that are hidden."""
        self._state.accounts.require()
        return frozenset(self._state.hidden)
