"""What every feed read compares with: versions of now from PostgreSQL, and in memory what they count.

A read asks for the versions once, together with every other read that waits; graphs, pull ranges, hidden posts and
deleted accounts of a version that is known need no question at all. Called by photo_core.feeds.viewers; keeps nothing
on disk.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Collection, Iterable, Mapping

from msgspec import Struct

from photo_core.domain.accounts import FollowGraph, PullRange
from photo_core.feeds.single_flight import SingleFlight, shared_lane
from photo_core.ports.feed_state import FeedStateChanges, FeedStates
from photo_core.ports.follows import Follows

NEVER = -1  # since which everything has changed
FOLLOWEES_HELD = 2_000_000  # about 150 MB
VIEWER_WEIGHT = 16  # what a graph costs beside its followees, counted in followees


class ViewerVersions(Struct, frozen=True):
    """Where things stood after a viewer asked: the versions of graph, state and likes; when they were last seen."""

    graph: int
    state: int
    seen_at_ms: int = 0  # never
    liked: int = 0


class FeedState:
    """Pull ranges, hidden posts and deleted accounts, as of the newest version that a read has met."""

    def __init__(self, states: FeedStates) -> None:
        self._states = states
        self._version = NEVER
        self._ranges: dict[int, tuple[PullRange, ...]] = {}
        self._hidden: frozenset[int] = frozenset()
        self._deleted: frozenset[int] = frozenset()
        self._loads: SingleFlight[int, FeedStateChanges] = SingleFlight(self._load, shared_lane)

    @property
    def hidden(self) -> frozenset[int]:
        """The posts that no reader may be shown."""
        return self._hidden

    @property
    def deleted(self) -> frozenset[int]:
        """The deleted accounts that may still stand in graphs, and whose posts no reader may be shown."""
        return self._deleted

    async def reach(self, version: int) -> None:
        """Return once the state of this version, or of a newer one, is in memory.

        Raises:
            EngineUnavailable: PostgreSQL does not answer; what is in memory stays.
        """
        if self._version < version:
            await self._loads.answer(version)

    def ranges_of(self, graph: FollowGraph) -> tuple[PullRange, ...]:
        """Return the pull ranges of those whose posts stand in a feed: the followees, and the viewer."""
        own = self._ranges.get(graph.viewer_id, ())
        return own + tuple(each for author in self._pulled(graph.followees) for each in self._ranges[author])

    def _pulled(self, followees: frozenset[int]) -> Iterable[int]:
        """Return the followees who have ranges, by way of whichever are fewer."""
        if len(self._ranges) < len(followees):
            return followees.intersection(self._ranges)
        return [author for author in followees if author in self._ranges]

    async def _load(self, versions: Collection[int]) -> Mapping[int, FeedStateChanges]:
        changes = await self._states.changes_since(self._version)
        if changes.version > self._version:
            self._ranges |= _by_author(changes.pull_ranges)
            self._hidden = changes.hidden
            self._deleted = changes.deleted
            self._version = changes.version
        return dict.fromkeys(versions, changes)


class Graphs:
    """The follow graphs that this process has met, the least recently used ones forgotten beyond a bound.

    A graph of one version never changes, so one that is held is right for as long as its version is the viewer's.
    """

    def __init__(self, follows: Follows, followees_held: int = FOLLOWEES_HELD) -> None:
        self._follows = follows
        self._most = followees_held
        self._weight = 0
        self._held: OrderedDict[int, FollowGraph] = OrderedDict()
        self._reads: SingleFlight[int, FollowGraph] = SingleFlight(self._read)

    def held(self, viewer_id: int) -> FollowGraph | None:
        """Return the newest graph of a viewer that this process has met."""
        graph = self._held.get(viewer_id)
        if graph is not None:
            self._held.move_to_end(viewer_id)
        return graph

    def keep(self, graph: FollowGraph) -> None:
        """Hold a graph, unless a newer one of the viewer is held."""
        known = self._held.pop(graph.viewer_id, None)
        newest = graph if known is None or known.version < graph.version else known
        self._weight += _weight(newest) - (_weight(known) if known is not None else 0)
        self._held[graph.viewer_id] = newest
        while self._weight > self._most and len(self._held) > 1:
            self._weight -= _weight(self._held.popitem(last=False)[1])

    async def read(self, viewer_id: int) -> FollowGraph:
        """Return a viewer's graph of now from the truth, and hold it.

        Raises:
            EngineUnavailable: PostgreSQL does not answer.
        """
        graph = await self._reads.answer(viewer_id)
        if graph is None:  # the port answers for anybody
            graph = FollowGraph(viewer_id, 0, frozenset())
        self.keep(graph)
        return graph

    async def _read(self, viewers: Collection[int]) -> Mapping[int, FollowGraph]:
        return {viewer: await self._follows.graph(viewer) for viewer in viewers}


class VersionsOfNow:
    """The versions of viewers: one query under way, and one for all who came meanwhile."""

    def __init__(self, states: FeedStates) -> None:
        self._states = states
        self._asked: SingleFlight[int, ViewerVersions] = SingleFlight(self._ask, shared_lane)

    def of(self, viewer_id: int) -> Awaitable[ViewerVersions | None]:
        """Ask now, and return what to await for where things stand for a viewer; it raises EngineUnavailable."""
        return self._asked.ask(viewer_id)

    async def _ask(self, viewers: Collection[int]) -> Mapping[int, ViewerVersions]:
        versions = await self._states.versions(viewers)
        seen, liked = versions.seen_at_ms, versions.liked
        return {
            viewer: ViewerVersions(version, versions.state, seen[viewer], liked[viewer])
            for viewer, version in versions.graph.items()
        }


def _weight(graph: FollowGraph) -> int:
    return VIEWER_WEIGHT + len(graph.followees)


def _by_author(ranges: Iterable[PullRange]) -> dict[int, tuple[PullRange, ...]]:
    grouped: dict[int, list[PullRange]] = {}
    for each in ranges:
        grouped.setdefault(each.author_id, []).append(each)
    return {author: tuple(of_author) for author, of_author in grouped.items()}
