"""Stores when viewers were last seen, in batches and at most once an hour each; then extends what Redis keeps of them.

photo_app.feed.service reports reads; photo_app.composition.background runs the loop. The planner skips viewers who have
not been seen for long, so a feed head in Redis is kept alive only after PostgreSQL has stored that its viewer was seen.
What is lost when a process ends is reported again by the viewer's next read on any pod. Viewers who are away stay away
until a rebuild stores that they are back: see photo_core.domain.feed.absence.
"""

import asyncio
from collections import OrderedDict

import structlog

from photo_core.clock import Clock
from photo_core.domain.feed.absence import away_before_ms
from photo_core.errors import EngineUnavailable
from photo_core.ports.accounts import Accounts
from photo_core.ports.feeds import FeedHeads

AGAIN_MS = 3_600_000
BATCH_SECONDS = 1.0
VIEWERS_KNOWN = 200_000
LOG = structlog.get_logger(__name__)


class LastSeen:
    """The viewers that one process has served.

    Args:
        accounts: where the time is stored.
        heads: the feed heads in Redis; guarded.
        clock: tells the time.
        inactive_after_days: viewers who have not read for longer are away.
    """

    def __init__(self, accounts: Accounts, heads: FeedHeads, clock: Clock, inactive_after_days: int) -> None:
        self._accounts = accounts
        self._heads = heads
        self._clock = clock
        self._inactive_after_days = inactive_after_days
        self._stored: OrderedDict[int, int] = OrderedDict()
        self._waiting: set[int] = set()

    def seen(self, viewer_id: int) -> None:
        """Record that a viewer reads now; returns at once."""
        if self._clock.now_ms() - self._stored.get(viewer_id, 0) >= AGAIN_MS:
            self._waiting.add(viewer_id)

    async def store(self) -> None:
        """Store the viewers seen since the last call, and extend what Redis keeps of them.

        Raises:
            EngineUnavailable: PostgreSQL did not answer, and all are stored with the next batch; or Redis did not, and
                is asked again after the viewer's next read an hour later.
        """
        if not self._waiting:
            return
        viewers, now_ms = frozenset(self._waiting), self._clock.now_ms()
        await self._accounts.touch(viewers, now_ms, away_before_ms(now_ms, self._inactive_after_days))
        self._waiting -= viewers
        self._stored.update(dict.fromkeys(viewers, now_ms))
        while len(self._stored) > VIEWERS_KNOWN:
            self._stored.popitem(last=False)
        for viewer_id in viewers:
            await self._heads.keep_alive(viewer_id)

    async def is_back(self, viewer_id: int) -> None:
        """Store now that a viewer is back, away or not; call it only once no older feed head of theirs is left.

        Raises:
            EngineUnavailable: it may not be stored; repeating the call is safe.
        """
        await self._accounts.touch([viewer_id], self._clock.now_ms())

    async def keep_storing(self) -> None:
        """Store a batch a second until cancelled."""
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            try:
                await self.store()
            except EngineUnavailable as error:
                LOG.warning("last_seen_not_stored", detail=str(error))
