"""Tells Redis of likes after they are stored; a like never fails for it.

Used by the service of likes. A head that Redis could not be told about is whole and wrong, so it is owed a forgetting,
which follows as soon as Redis answers this process again; until then a feed may tell the viewer of the old like.
"""

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
            await telling
            await self._pay()
        except EngineUnavailable:
            if len(self._owed) < MOST_OWED:
                self._owed.add(viewer_id)

    async def _pay(self) -> None:
        while self._owed:
            viewer_id = next(iter(self._owed))
            await self._cache.forget(viewer_id)
            self._owed.discard(viewer_id)
