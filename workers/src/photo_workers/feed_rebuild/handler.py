"""The feed rebuilder: rebuilds ranges of feeds before their viewers come back.

Run by `photo-workers run feed-rebuild`, together with the planner of the ranges (see `worker`). Whole feeds are left
alone, so a repeated range costs only reads. The planner decides which viewers get a rebuild.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from photo_core.clock import Clock
from photo_core.domain.feed.absence import away_before_ms
from photo_core.domain.feed.head import whole_head
from photo_core.feeds.rebuilds import read_head
from photo_core.feeds.shared_timelines import SharedTimelines
from photo_core.messages.events import RebuildRange, decode
from photo_core.ports.events import IncomingMessage
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.feeds import FeedRebuildCache
from photo_core.ports.follows import Follows
from photo_core.ports.posts import ManyTimelines
from photo_core.ports.rebuild_runs import RebuildRuns
from photo_core.settings import FeedSettings
from photo_core.telemetry.metrics import FEED_REBUILD_SECONDS, FEED_REBUILDS, FEED_REBUILDS_RUNNING
from photo_workers.feed_rebuild.pace import Pace
from photo_workers.outcomes import DONE, Outcome
from photo_workers.settling import settle

VIEWERS_AT_ONCE = 16
QUESTIONS_AT_ONCE = 4  # to Cassandra, each about many timelines
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class FeedSources:
    """What feeds are built from, and the versions that they are compared with."""

    follows: Follows
    timelines: ManyTimelines
    states: FeedStates


@dataclass(frozen=True)
class FeedRebuild:
    """Rebuilds ranges of feeds, one range at a time."""

    sources: FeedSources
    feeds: FeedRebuildCache
    runs: RebuildRuns
    pace: Pace
    clock: Clock
    settings: FeedSettings

    async def handle(self, batch: Sequence[IncomingMessage]) -> Sequence[Outcome]:
        """Make every feed of a batch whole."""
        return await settle(batch, self._handle_range, 1)

    async def _handle_range(self, message: IncomingMessage) -> Outcome:
        wanted = decode(message.value, RebuildRange)
        lost = await self._lost(wanted.viewers)
        await self.pace.wait_for(len(lost))
        await self._rebuild(lost)
        await self.runs.count_handled(wanted.run_id, len(wanted.viewers))
        return DONE

    async def _lost(self, viewers: Sequence[int]) -> list[int]:
        """Return the viewers who are not away and whose feed is not whole.

        Nothing is delivered to viewers who are away, so a feed built now would lack posts when they come back.
        """
        versions = await self.sources.states.versions(viewers)
        gone_before_ms = away_before_ms(self.clock.now_ms(), self.settings.inactive_after_days)
        present = [viewer for viewer in viewers if versions.seen_at_ms[viewer] >= gone_before_ms]
        cached = await _each(present, self.feeds.read)
        heads = [
            whole_head(found.head, found.epoch, versions.graph[viewer])
            for viewer, found in zip(present, cached, strict=True)
        ]
        return [viewer for viewer, head in zip(present, heads, strict=True) if head is None]

    async def _rebuild(self, viewers: Sequence[int]) -> None:
        """Rebuild feeds together: all begin before the first timeline is read, so one read serves all of them."""
        nonces = await _each(viewers, self.feeds.begin_rebuild)
        timelines = SharedTimelines(self.sources.timelines, QUESTIONS_AT_ONCE)

        async def finish(begun: tuple[int, str]) -> None:
            with FEED_REBUILDS_RUNNING.track_inprogress(), FEED_REBUILD_SECONDS.time():
                finished = await self._finish(*begun, timelines)
            FEED_REBUILDS.labels(outcome="finished" if finished else "superseded").inc()

        await _each(zip(viewers, nonces, strict=True), finish)

    async def _finish(self, viewer_id: int, nonce: str, timelines: SharedTimelines) -> bool:
        graph = await self.sources.follows.graph(viewer_id)
        head = await read_head(graph, timelines, self.settings.cap)
        finished = await self.feeds.finish_rebuild(viewer_id, nonce, head, graph.version)
        await self.feeds.remember_graph(graph)
        return finished


async def _each(items: Iterable[Item], act: Callable[[Item], Awaitable[Result]]) -> list[Result]:
    """Act on every item, several at once, and return the results in order.

    Raises:
        EngineUnavailable: the first failure, after all other actions have ended.
    """
    slots = asyncio.Semaphore(VIEWERS_AT_ONCE)

    async def acted(item: Item) -> Result:
        async with slots:
            return await act(item)

    outcomes = await asyncio.gather(*map(acted, items), return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    if failures:
        raise failures[0]
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
