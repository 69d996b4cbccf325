"""Keeps what Redis knows of follow graphs behind no change that was answered, so that pages without PostgreSQL obey it.

Called by photo_app.follows.heads around every change of a graph. Before the change Redis is told that one comes, and
keeps no graph until it is told the one that came. While Redis does not answer at all, changes go on without it, and
what they made is told as soon as it does; decision 14 says what that leaves open.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from photo_core.breaker import FAILED_CALLS_TO_OPEN, RedisGuard
from photo_core.domain.accounts import FollowGraph
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.feeds import FeedCache
from photo_core.ports.follows import Follows

AGAIN_SECONDS = 0.5
GRAPHS_OWED = 10_000
LOG = structlog.get_logger(__name__)


class GraphSnapshots:
    """The graphs that Redis keeps of those whose graph a request changes.

    Args:
        follows: the graphs of now.
        states: their versions.
        cache: where graphs are kept; guarded.
        guard: tells whether Redis answers this process.
    """

    def __init__(self, follows: Follows, states: FeedStates, cache: FeedCache, guard: RedisGuard) -> None:
        self._follows = follows
        self._states = states
        self._cache = cache
        self._guard = guard
        self._owed: OrderedDict[int, FollowGraph] = OrderedDict()

    async def fence(self, viewers: Sequence[int]) -> tuple[int, ...]:
        """Let Redis keep no graph that lacks the changes about to be made; return whose it has confirmed.

        Raises:
            EngineUnavailable: PostgreSQL does not answer; or Redis does, but not to this.
        """
        versions = await self._states.versions(viewers)
        return tuple([viewer_id for viewer_id in viewers if await self._fenced(viewer_id, versions.graph[viewer_id])])

    async def unchanged(self, fenced: Sequence[int]) -> None:
        """Let Redis keep the graphs of now again, after changes that were none."""
        try:
            for viewer_id in fenced:
                await self._cache.unfence_graph(viewer_id)
                graph = await self._follows.graph(viewer_id)
                if graph.version > 0:  # else it says no more than none does, perhaps of an account that is none
                    await self._cache.remember_graph(graph)
        except EngineUnavailable as error:
            LOG.warning("graph_not_remembered", detail=str(error))

    async def tell(self, graphs: Sequence[FollowGraph]) -> None:
        """Let Redis keep the graphs that a change has made: now, or as soon as it answers.

        Raises:
            EngineUnavailable: not now.
        """
        for graph in graphs:
            self._owe(graph)
        for graph in graphs:
            await self._tell(graph)

    async def keep_telling(self) -> None:
        """Tell what is owed until cancelled: a background task of the process."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            await self.tell_owed()

    async def tell_owed(self) -> None:
        """Tell what is owed, as far as Redis answers."""
        try:
            for graph in list(self._owed.values()):
                await self._tell(graph)
        except EngineUnavailable as error:
            LOG.warning("graphs_owed", graphs=len(self._owed), detail=str(error))

    async def _fenced(self, viewer_id: int, version: int) -> bool:
        for _ in range(FAILED_CALLS_TO_OPEN):
            try:
                await self._cache.fence_graph(viewer_id, version)
            except EngineUnavailable:
                if self._guard.is_open:
                    return False
            else:
                return True
        raise EngineUnavailable(Engine.REDIS, "it answers others, but not to this")

    async def _tell(self, graph: FollowGraph) -> None:
        await self._cache.remember_graph(graph)
        if self._owed.get(graph.viewer_id) is graph:
            del self._owed[graph.viewer_id]

    def _owe(self, graph: FollowGraph) -> None:
        known = self._owed.get(graph.viewer_id)
        if known is None or known.version < graph.version:
            self._owed[graph.viewer_id] = graph
        while len(self._owed) > GRAPHS_OWED:
            self._owed.popitem(last=False)
