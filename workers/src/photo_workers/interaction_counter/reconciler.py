"""Counts the membership rows of posts again, and corrects counts that lost an event.

A loop that runs next to the consumer of interaction-counter. It checks every post that was touched, once the minute is
over and its events have arrived, and slowly all posts. A post whose counts differ is touched again, so that it is
checked again even if this process ends. Several may run at once, since a correction is valid for one tally only.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from photo_core.clock import Clock
from photo_core.domain.interactions import Tally
from photo_core.errors import EngineUnavailable
from photo_core.messages.events import CountsCorrected, encode
from photo_core.messages.topics import Topic
from photo_core.ports.comments import Comments
from photo_core.ports.counters import Counters, Touches
from photo_core.ports.events import EventPublisher, OutgoingMessage
from photo_core.ports.likes import Likes
from photo_core.ports.post_cache import PostCache
from photo_core.telemetry.metrics import COUNTER_DRIFT, COUNTER_DRIFT_AGE
from photo_workers.interaction_counter.changes import build_counts
from photo_workers.interaction_counter.drift import SETTLING_MS, Consistent, CountComparison, Drifted, Suspect, judge

LOG = structlog.get_logger(__name__)
EVERY_SECONDS = 15.0
MINUTE_MS = 60_000
FIRST_LOOK_BACK_MINUTES = 60
MINUTES_A_PASS = 120
POSTS_AT_ONCE = 8
SWEPT_A_PASS = 20  # of all posts; a hundred thousand take a day
FIRST_TOKEN = -(1 << 63)
TOUCHED, SWEPT = "touched-minutes", "swept-posts"  # names of the scans
MOST_SUSPECTS = 10_000


@dataclass(frozen=True)
class Rows:
    """The stores that are compared, and the cache that gets corrected counts."""

    likes: Likes
    comments: Comments
    counters: Counters
    touches: Touches
    post_cache: PostCache


class Reconciler:
    """Compares counts with membership rows again and again."""

    def __init__(self, rows: Rows, publisher: EventPublisher, clock: Clock) -> None:
        self._rows = rows
        self._publisher = publisher
        self._clock = clock
        self._suspects: dict[int, CountComparison] = {}

    async def run(self, draining: asyncio.Event) -> None:
        """Check posts until told to drain; an engine that does not answer is asked again in the next pass."""
        while not draining.is_set():
            try:
                await self.check_touched_posts()
                await self.sweep()
            except EngineUnavailable as unavailable:
                LOG.warning("recount put off", engine=unavailable.engine, detail=unavailable.detail)
            with suppress(TimeoutError):
                await asyncio.wait_for(draining.wait(), EVERY_SECONDS)

    async def check_touched_posts(self) -> None:
        """Check the posts of every minute that is over and was not checked yet."""
        settled = (self._clock.now_ms() - SETTLING_MS) // MINUTE_MS  # the first minute that is not over
        done = await self._rows.touches.progress(TOUCHED)
        first = settled - FIRST_LOOK_BACK_MINUTES if done is None else done + 1
        for minute in range(first, min(settled, first + MINUTES_A_PASS)):
            await self._update_post_cache(await self._check_posts(await self._rows.touches.touched(minute)))
            await self._rows.touches.advance(TOUCHED, minute)
            COUNTER_DRIFT_AGE.set(self._clock.now_ms() / 1000 - (minute + 1) * 60)

    async def sweep(self) -> None:
        """Check the next few of all posts; after the last comes the first."""
        after = await self._rows.touches.progress(SWEPT)
        post_ids, go_on_after = await self._rows.touches.post_ids(FIRST_TOKEN if after is None else after, SWEPT_A_PASS)
        await self._check_posts(post_ids)
        await self._rows.touches.advance(SWEPT, FIRST_TOKEN if go_on_after is None else go_on_after)

    async def _check_posts(self, post_ids: Sequence[int]) -> list[Tally]:
        """Check posts, act on differences, and return the tallies that are consistent."""
        slots = asyncio.Semaphore(POSTS_AT_ONCE)

        async def one(post_id: int) -> Tally | None:
            async with slots:
                try:
                    comparison = await self._compare(post_id)
                    return comparison.tally if await self._is_consistent(comparison) else None
                except EngineUnavailable as unavailable:
                    await self._postpone(post_id, unavailable)
                    return None

        looked_at = await asyncio.gather(*(one(post_id) for post_id in post_ids))
        return [tally for tally in looked_at if tally is not None]

    async def _postpone(self, post_id: int, unavailable: EngineUnavailable) -> None:
        """Postpone the check of one post, so that the others need not wait for it.

        Raises:
            EngineUnavailable: the failure does not concern this post alone; the next pass checks all of them again.
        """
        LOG.warning("recount of a post put off", post_id=post_id, detail=unavailable.detail)
        await self._rows.touches.touch(post_id, self._clock.now_ms())

    async def _compare(self, post_id: int) -> CountComparison:
        tallies, likes, comments = await asyncio.gather(
            self._rows.counters.get_many([post_id]),
            self._rows.likes.members(post_id),
            self._rows.comments.members(post_id),
        )
        return CountComparison(self._clock.now_ms(), tallies.get(post_id, Tally(post_id)), likes, comments)

    async def _is_consistent(self, now: CountComparison) -> bool:
        match judge(self._suspects.pop(now.tally.post_id, None), now):
            case Consistent():
                COUNTER_DRIFT.observe(0)
                return True
            case Suspect(seen):
                await self._schedule_recheck(seen)
            case Drifted(correction):
                COUNTER_DRIFT.observe(now.size)
                await self._publish_correction(correction)
                await self._schedule_recheck(now)
        return False

    async def _update_post_cache(self, tallies: Sequence[Tally]) -> None:
        """Write counts to the post cache that it may have missed while it was down."""
        counted = [tally for tally in tallies if tally.position]
        if counted:
            with suppress(EngineUnavailable):
                await self._rows.post_cache.set_counts(build_counts(counted))

    async def _publish_correction(self, correction: CountsCorrected) -> None:
        LOG.warning("counts drifted", post_id=correction.post_id, likes=correction.likes, comments=correction.comments)
        message = OutgoingMessage(Topic.INTERACTIONS, str(correction.post_id), encode(correction))
        await self._publisher.publish([message])

    async def _schedule_recheck(self, seen: CountComparison) -> None:
        """Check a post again in some minutes: it is touched in the store, and what was found is kept here."""
        if len(self._suspects) < MOST_SUSPECTS:
            self._suspects[seen.tally.post_id] = seen
        await self._rows.touches.touch(seen.tally.post_id, self._clock.now_ms())
