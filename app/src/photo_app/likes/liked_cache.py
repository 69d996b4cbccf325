"""Updates the list of liked posts in Redis after a like is stored.

Used by the service of likes. If Redis cannot be updated, its list looks complete and is wrong. PostgreSQL then gets a
new version of the viewer's likes before the response is sent, and later reads reject the list with the old version.
"""

import asyncio
from collections.abc import Awaitable

from photo_core.errors import EngineUnavailable
from photo_core.feeds.hydration import Start
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.feeds import LikedCache


class LikedCacheUpdater:
    """The newest likes of viewers that Redis keeps.

    Args:
        cache: the lists in Redis; guarded.
        states: the versions of likes.
        start_task: runs work that no request waits for.
    """

    def __init__(self, cache: LikedCache, states: FeedStates, start_task: Start) -> None:
        self._cache = cache
        self._states = states
        self._start_task = start_task

    async def add(self, viewer_id: int, post_id: int) -> None:
        """Add a like.

        Raises:
            EngineUnavailable: neither Redis nor PostgreSQL answers; repeating the request updates them.
        """
        await self._update(viewer_id, self._cache.add(viewer_id, post_id))

    async def forget(self, viewer_id: int) -> None:
        """Drop a viewer's list, so that it is read from Cassandra again.

        Raises:
            EngineUnavailable: neither Redis nor PostgreSQL answers; repeating the request updates them.
        """
        await self._update(viewer_id, self._cache.forget(viewer_id))

    async def _update(self, viewer_id: int, update: Awaitable[None]) -> None:
        try:
            await update
        except EngineUnavailable:
            await self._states.outdate_likes(viewer_id)
        except asyncio.CancelledError:
            self._start_task(self._states.outdate_likes(viewer_id))
            raise
