"""Finds uploads whose notification was lost, and expires uploads that never arrived.

A loop that runs next to the consumer of media-ingest. Several may run at once, since their steps are idempotent.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from photo_core.clock import Clock
from photo_core.domain.media import UNFINISHED, Media, MediaState
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import EngineUnavailable
from photo_core.telemetry.metrics import MEDIA_STUCK
from photo_workers.media_ingest.decisions import MediaStep, build_sweep, on_sweep, overdue_ms
from photo_workers.media_ingest.effects import CONCURRENCY, Ingest, apply_steps

EVERY_SECONDS = 15.0
SETTLING_MS = 20_000  # a younger upload has its notification on the way
STUCK_MS = 120_000  # longer than any photograph takes
LOG = structlog.get_logger(__name__)


class Sweeper:
    """Checks unfinished media, pass after pass."""

    def __init__(self, ingest: Ingest, clock: Clock, policy: Callable[[], RuntimePolicy] = RuntimePolicy) -> None:
        self._ingest = ingest
        self._clock = clock
        self._policy = policy
        self._last_full_ms = 0
        self._processing: dict[int, int] = {}  # media that are encoded, and since when they have been seen so

    async def run(self, draining: asyncio.Event) -> None:
        """Sweep until told to drain; an engine that is away is asked again in the next pass."""
        while not draining.is_set():
            try:
                await self.sweep()
            except EngineUnavailable as unavailable:
                LOG.warning("sweep put off", engine=unavailable.engine, detail=unavailable.detail)
            with suppress(TimeoutError):
                await asyncio.wait_for(draining.wait(), EVERY_SECONDS)

    async def sweep(self) -> None:
        """Check all unfinished media once.

        Raises:
            EngineUnavailable: the next pass checks the same media again.
        """
        now_ms = self._clock.now_ms()
        sweep = build_sweep(self._last_full_ms, now_ms, overdue_ms(self._policy()))
        unfinished = await self._ingest.records.unfinished(sweep.created_from_ms, now_ms - SETTLING_MS)
        self._count_stuck(unfinished, now_ms)
        steps = await self._decide([media for media in unfinished if media.state in sweep.states], now_ms)
        found = [step.media.media_id for step in steps if step.store or step.announce]
        if found:
            LOG.info("sweep", media_ids=found)
        await apply_steps(self._ingest, steps)
        if sweep.states == UNFINISHED:
            self._last_full_ms = now_ms

    def _count_stuck(self, unfinished: list[Media], now_ms: int) -> None:
        processing = [media.media_id for media in unfinished if media.state is MediaState.PROCESSING]
        self._processing = {id_: self._processing.get(id_, now_ms) for id_ in processing}
        MEDIA_STUCK.set(sum(now_ms - since_ms >= STUCK_MS for since_ms in self._processing.values()))

    async def _decide(self, media_looked_at: list[Media], now_ms: int) -> list[MediaStep]:
        slots = asyncio.Semaphore(CONCURRENCY)

        async def decided(media: Media) -> MediaStep:
            async with slots:
                awaited = media.state is MediaState.PENDING
                original = await self._ingest.objects.head_original(media.object_key) if awaited else None
                return on_sweep(media, original, now_ms, overdue_ms(self._policy()))

        return list(await asyncio.gather(*(decided(media) for media in media_looked_at)))
