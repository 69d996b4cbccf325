"""Tells Redis of likes after they are stored; a like never fails for it.

Used by the service of likes. A head that Redis could not be told about is whole and wrong, so it is owed a forgetting,
which follows as soon as Redis answers this process again; until then a feed may tell the viewer of the old like. What a
process owes when it ends stays so until the viewer's next removal of a like, or until the head expires.
"""

import asyncio
from collections.abc import Awaitable

from photo_core.errors import EngineUnavailable
from photo_core.ports.feeds import LikedCache

MOST_OWED = 10_000


class LikedHeads:
    """The newest likes of viewers, as far as Redis keeps them.

    Args:
        cache: Redis's, guarded.
    """

    def __init__(self, cache: LikedCache) -> None:
        self._cache = cache
        self._owed: set[int] = set()

    async def add(self, viewer_id: int, post_id: int) -> None:
        """Add a like."""
        await self._told(viewer_id, self._cache.add(viewer_id, post_id))

    async def forget(self, viewer_id: int) -> None:
        """Have a viewer's likes read from the truth again."""
        await self._told(viewer_id, self._cache.forget(viewer_id))

    async def _told(self, viewer_id: int, telling: Awaitable[None]) -> None:
        try:
            await self._tell(viewer_id, telling)
            while self._owed:
                owed = self._owed.pop()
                await self._tell(owed, self._cache.forget(owed))
        except EngineUnavailable:
            pass  # owed

    async def _tell(self, viewer_id: int, telling: Awaitable[None]) -> None:
        try:
            await telling
        except (EngineUnavailable, asyncio.CancelledError):
            if len(self._owed) < MOST_OWED:
                self._owed.add(viewer_id)
            raise
