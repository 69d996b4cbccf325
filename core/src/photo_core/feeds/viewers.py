"""Everything that a page has to know of its viewer before the first id: gathered at once, each part in its time.

PostgreSQL says where things stand and Redis what it keeps, both asked after the request began. Where one of them does
not answer, the other goes on: that is a mode, never an error. Memory alone never answers: it cannot know what other
processes have changed since. Called by photo_core.feeds.pages.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from photo_core.domain.accounts import FollowGraph, PullRange
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.feed.layout import decode
from photo_core.domain.runtime_policy import FeedMode
from photo_core.domain.visibility import without_deleted
from photo_core.errors import Engine, EngineUnavailable
from photo_core.feeds.hydration import Start
from photo_core.feeds.state import FeedState, Graphs, VersionsOfNow, ViewerVersions
from photo_core.ports.feeds import CachedViewer, ViewerCache

POSTGRES_SECONDS = 0.5  # where Redis goes on
POSTGRES_ALONE_SECONDS = 2.0  # where nothing else can
OwnRanges = Callable[[int], tuple[PullRange, ...]]
IsAway = Callable[[int], bool]


class SeenViewer(Struct, frozen=True):
    """A viewer as a page sees them.

    `graph` has the pull ranges of now, and no followees whose accounts are deleted. `head` is proven whole; `delivered`
    is what Redis holds whether whole or not, for when nothing else answers. `current` is False when the graph may be an
    old one, `by_redis` when Redis said nothing; `liked_version`, which `liked` is whole at, is None when PostgreSQL did
    not say it. Posts may not have been brought to a viewer who was `away`, so there is no head.
    """

    graph: FollowGraph
    hidden: frozenset[int]
    mode: FeedMode
    head: FeedHead | None = None
    delivered: tuple[int, ...] = ()
    liked: FeedHead | None = None
    liked_version: int | None = None
    current: bool = True
    by_redis: bool = False
    away: bool = False


class ViewerMemory(Struct, frozen=True):
    """What this process holds of viewers by version, and how it learns what the versions are."""

    versions: VersionsOfNow
    graphs: Graphs
    state: FeedState


class Viewers:
    """The viewers of one process.

    Args:
        memory: what is held by version.
        cache: Redis's, guarded.
        own_ranges: a viewer's own posts that may not stand in the head yet.
        is_away: tells of a time whether who was last seen then is away.
        start_task: runs what nobody waits for.
    """

    def __init__(
        self, memory: ViewerMemory, cache: ViewerCache, own_ranges: OwnRanges, is_away: IsAway, start_task: Start
    ) -> None:
        self._memory = memory
        self._cache = cache
        self._own_ranges = own_ranges
        self._is_away = is_away
        self._start_task = start_task

    async def with_redis(self, viewer_id: int) -> SeenViewer:
        """Return a viewer by way of Redis; by what else there is, if it fails.

        Raises:
            EngineUnavailable: neither Redis nor PostgreSQL answers.
        """
        versions = self._memory.versions.of(viewer_id)  # under way while Redis is asked
        try:
            cached = await self._cache.read(viewer_id)
        except EngineUnavailable:
            cached = None
        if cached is None:
            return await self._by_postgresql(viewer_id, versions)
        return _beside(await self._seen(viewer_id, versions, cached), cached)

    async def without_redis(self, viewer_id: int) -> SeenViewer:
        """Return a viewer without asking Redis.

        Raises:
            EngineUnavailable: PostgreSQL does not answer.
        """
        return await self._by_postgresql(viewer_id, self._memory.versions.of(viewer_id))

    async def _by_postgresql(self, viewer_id: int, versions: Awaitable[ViewerVersions | None]) -> SeenViewer:
        try:
            async with asyncio.timeout(POSTGRES_ALONE_SECONDS):
                graph = await self._current(viewer_id, await versions or ViewerVersions(0, 0), None)
        except TimeoutError as error:
            raise EngineUnavailable(Engine.POSTGRES, "no answer in time") from error
        return self._with_ranges(graph, FeedMode.PULL)

    async def _seen(
        self, viewer_id: int, versions: Awaitable[ViewerVersions | None], cached: CachedViewer
    ) -> SeenViewer:
        snapshot = cached.graph
        try:
            async with asyncio.timeout(POSTGRES_SECONDS):
                now = await versions or ViewerVersions(0, 0)
                graph = await self._current(viewer_id, now, snapshot)
        except (EngineUnavailable, TimeoutError):
            return self._with_ranges(await self._last_living(viewer_id, snapshot), FeedMode.STALE)
        if snapshot is None or snapshot.version < graph.version:
            self._start_task(self._cache.remember_graph(graph))
        seen = self._with_ranges(graph, FeedMode.PULL)
        return msgspec.structs.replace(seen, away=self._is_away(now.seen_at_ms), liked_version=now.liked)

    async def _current(self, viewer_id: int, versions: ViewerVersions, snapshot: FollowGraph | None) -> FollowGraph:
        await self._memory.state.reach(versions.state)
        graphs = self._memory.graphs
        held = graphs.held(viewer_id)
        if held is not None and held.version == versions.graph:
            return held
        if snapshot is not None and snapshot.version == versions.graph:
            graphs.keep(snapshot)
            return snapshot
        return await graphs.read(viewer_id)

    async def _last_living(self, viewer_id: int, snapshot: FollowGraph | None) -> FollowGraph:
        """Return the last known graph without whom Redis has marked as deleted; without anybody if it does not say."""
        graph = self._last_known(viewer_id, snapshot)
        if not graph.followees:
            return graph
        try:
            return without_deleted(graph, await self._cache.marked_deleted())
        except EngineUnavailable:
            return without_deleted(graph, graph.followees)

    def _last_known(self, viewer_id: int, snapshot: FollowGraph | None) -> FollowGraph:
        """Return the newest graph that is known, if Redis keeps any; else only the viewer's own posts are shown.

        Redis keeps none while a change may be under way or was not confirmed, of which memory knows nothing.
        """
        if snapshot is None:
            return FollowGraph(viewer_id, 0, frozenset())
        held = self._memory.graphs.held(viewer_id)
        return snapshot if held is None or held.version < snapshot.version else held

    def _with_ranges(self, graph: FollowGraph, mode: FeedMode) -> SeenViewer:
        state = self._memory.state
        living = without_deleted(graph, state.deleted)
        ranges = (*state.ranges_of(living), *self._own_ranges(living.viewer_id))
        pulled = msgspec.structs.replace(living, pull_ranges=ranges)
        return SeenViewer(pulled, state.hidden, mode, current=mode is not FeedMode.STALE)


def _beside(seen: SeenViewer, cached: CachedViewer) -> SeenViewer:
    """Add what Redis holds: a whole head answers, any other one only when nothing else does."""
    head = None if seen.away else whole_head(cached.head, cached.epoch, seen.graph.version)
    stored = decode(cached.head) if head is None else None
    version = seen.liked_version
    served = FeedMode.REBUILDING if head is None else FeedMode.PUSH
    return msgspec.structs.replace(
        seen,
        head=head,
        delivered=() if stored is None else tuple(sorted(set(stored.post_ids), reverse=True)),
        liked=None if version is None else whole_head(cached.liked, cached.epoch, version),
        mode=served if seen.current else FeedMode.STALE,
        by_redis=True,
    )
