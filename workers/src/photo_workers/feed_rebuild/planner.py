"""Notices that masters have lost feeds, and plans the rebuild of those that are likely to be read.

A loop that runs next to the consumer of feed-rebuild. Every pod runs it and one at a time plans; if that one is killed,
another continues from the last committed page. It rebuilds nothing.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from photo_core.clock import Clock
from photo_core.domain.feed.absence import away_before_ms
from photo_core.errors import EngineUnavailable
from photo_core.ports.events import EventPublisher
from photo_core.ports.feeds import FeedCacheLives
from photo_core.ports.rebuild_runs import RebuildRuns, RebuildTurn
from photo_core.telemetry.metrics import FEED_REBUILD_REMAINING
from photo_workers.feed_rebuild.decide import (
    Begin,
    FingerprintHistory,
    NothingToPlan,
    PlanPage,
    Step,
    build_ranges,
    next_step,
    remaining,
)

LOG = structlog.get_logger(__name__)
EVERY_SECONDS = 2.0
PAGE_ACCOUNTS = 5_000  # looked at in a turn: some ten milliseconds of PostgreSQL, at most 50 messages


@dataclass
class RebuildPlanner:
    """Checks the masters, turn after turn; viewers seen within `inactive_after_days` get a rebuild."""

    lives: FeedCacheLives
    runs: RebuildRuns
    publisher: EventPublisher
    clock: Clock
    inactive_after_days: int
    page_accounts: int = PAGE_ACCOUNTS
    every_seconds: float = EVERY_SECONDS
    history: FingerprintHistory = field(default_factory=FingerprintHistory)

    async def run(self, draining: asyncio.Event) -> None:
        """Plan until told to drain; an engine that is away is asked again in the next turn."""
        while not draining.is_set():
            try:
                more = await self.turn()
            except EngineUnavailable as unavailable:
                LOG.warning("masters not checked", engine=unavailable.engine, detail=unavailable.detail)
                more = False
            with suppress(TimeoutError):
                await asyncio.wait_for(draining.wait(), 0.0 if more else self.every_seconds)

    async def turn(self) -> bool:
        """Check once and take one step; return whether the next turn can follow at once.

        Raises:
            EngineUnavailable: nothing is planned that Kafka did not take; the next turn takes the same step.
        """
        self.history = self.history.after(await self.lives.fingerprint())
        run = await self.runs.latest()
        FEED_REBUILD_REMAINING.set(remaining(run))
        if isinstance(next_step(self.history, run), NothingToPlan):
            return False
        async with self.runs.turn() as turn:
            return turn is not None and await self._take(turn)

    async def _take(self, turn: RebuildTurn) -> bool:
        step: Step = next_step(self.history, await turn.latest())
        match step:
            case Begin(fingerprint):
                LOG.info("feeds were lost: all active ones are rebuilt", fingerprint=fingerprint)
                await turn.begin(fingerprint)
            case PlanPage(run):
                seen_since_ms = away_before_ms(self.clock.now_ms(), self.inactive_after_days)
                page = await turn.active(run.after_id, seen_since_ms, self.page_accounts)
                await self.publisher.publish(list(build_ranges(run.run_id, page.viewers)))
                await turn.advance(run.run_id, page)
            case NothingToPlan():
                return False
        return True
