"""Tells Redis of likes after they are stored.

Used by the service of likes. A head of likes that Redis could not be told about is whole and wrong, so PostgreSQL is
told instead, before the answer: every read that begins later finds another version of the likes than the head's.
"""

import asyncio
from collections.abc import Awaitable

from photo_core.errors import EngineUnavailable
from photo_core.feeds.hydration import Start
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.feeds import LikedCache


class LikedCacheUpdater:
    """The newest likes of viewers, as far as Redis keeps them.

    Args:
        cache: Redis's, guarded.
        states: the versions of likes.
        start_task: runs what nobody waits for.
    """

    def __init__(self, cache: LikedCache, states: FeedStates, start_task: Start) -> None:
        self._cache = cache
        self._states = states
        self._start_task = start_task

    async def add(self, viewer_id: int, post_id: int) -> None:
        """Add a like.

        Raises:
            EngineUnavailable: neither Redis nor PostgreSQL answers; a repeated request tells them again.
        """
        await self._told(viewer_id, self._cache.add(viewer_id, post_id))

    async def forget(self, viewer_id: int) -> None:
        """Have a viewer's likes read from the truth again.

        Raises:
            EngineUnavailable: neither Redis nor PostgreSQL answers; a repeated request tells them again.
        """
        await self._told(viewer_id, self._cache.forget(viewer_id))

    async def _told(self, viewer_id: int, telling: Awaitable[None]) -> None:
        try:
            await telling
        except EngineUnavailable:
            await self._states.outdate_likes(viewer_id)
        except asyncio.CancelledError:
            self._start_task(self._states.outdate_likes(viewer_id))
            raise
