"""Updates the follow graphs that Redis keeps, so that pages built without PostgreSQL obey every acknowledged change.

Called by photo_app.follows.feed_heads around every change of a graph. A fence in Redis precedes the change: Redis keeps
no graph of that viewer until it receives the one that the change made. While Redis does not answer at all, changes go
on without it, and their graphs are sent as soon as it answers; docs/adr/0014 says what that leaves open.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from photo_core.breaker import FAILED_CALLS_TO_OPEN, RedisGuard
from photo_core.domain.accounts import FollowGraph
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.feeds import FollowGraphCache
from photo_core.ports.follows import Follows

AGAIN_SECONDS = 0.5
MAX_PENDING = 10_000
LOG = structlog.get_logger(__name__)


class GraphCacheUpdater:
    """Fences and updates the graphs in Redis of viewers whose graph a request changes.

    Args:
        follows: the current graphs.
        states: their versions.
        cache: the graphs in Redis; guarded.
        guard: tells whether Redis answers this process.
    """

    def __init__(self, follows: Follows, states: FeedStates, cache: FollowGraphCache, guard: RedisGuard) -> None:
        self._follows = follows
        self._states = states
        self._cache = cache
        self._guard = guard
        self._pending: OrderedDict[int, FollowGraph] = OrderedDict()

    async def fence(self, viewers: Sequence[int]) -> tuple[int, ...]:
        """Make Redis drop and refuse graphs that lack the changes about to be made; return the viewers it confirmed.

        Raises:
            EngineUnavailable: PostgreSQL does not answer; or Redis does, but not to this.
        """
        versions = await self._states.versions(viewers)
        return tuple([viewer_id for viewer_id in viewers if await self._fenced(viewer_id, versions.graph[viewer_id])])

    async def release(self, fenced: Sequence[int]) -> None:
        """Lift the fences and store the current graphs, after calls that changed nothing."""
        try:
            for viewer_id in fenced:
                await self._cache.unfence_graph(viewer_id)
                graph = await self._follows.graph(viewer_id)
                if graph.version > 0:  # version 0 has no follows, and the account may not exist
                    await self._cache.remember_graph(graph)
        except EngineUnavailable as error:
            LOG.warning("graph_not_remembered", detail=str(error))

    async def store(self, graphs: Sequence[FollowGraph]) -> None:
        """Store the graphs that a change has made: now, or as soon as Redis answers.

        Raises:
            EngineUnavailable: they are not stored yet.
        """
        for graph in graphs:
            self._add_pending(graph)
        for graph in graphs:
            await self._store(graph)

    async def keep_storing_pending(self) -> None:
        """Store pending graphs until cancelled: a background task of the process."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            await self.store_pending()

    async def store_pending(self) -> None:
        """Store pending graphs, as far as Redis answers."""
        try:
            for graph in list(self._pending.values()):
                await self._store(graph)
        except EngineUnavailable as error:
            LOG.warning("graphs_pending", graphs=len(self._pending), detail=str(error))

    async def _fenced(self, viewer_id: int, version: int) -> bool:
        for _ in range(FAILED_CALLS_TO_OPEN):
            try:
                await self._cache.fence_graph(viewer_id, version)
            except EngineUnavailable:
                if self._guard.is_open:
                    return False
            else:
                return True
        raise EngineUnavailable(Engine.REDIS, "Redis answers other calls, but not this one")

    async def _store(self, graph: FollowGraph) -> None:
        await self._cache.remember_graph(graph)
        if self._pending.get(graph.viewer_id) is graph:
            del self._pending[graph.viewer_id]

    def _add_pending(self, graph: FollowGraph) -> None:
        known = self._pending.get(graph.viewer_id)
        if known is None or known.version < graph.version:
            self._pending[graph.viewer_id] = graph
        while len(self._pending) > MAX_PENDING:
            self._pending.popitem(last=False)
