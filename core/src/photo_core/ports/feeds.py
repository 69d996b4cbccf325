"""Feed heads; Redis holds them and may lose them at any time."""

from collections.abc import Sequence
from typing import Protocol

from photo_core.domain.feed.head import FeedHead


class FeedCache(Protocol):
    """Feeds by viewer. Any method may raise `EngineUnavailable`; the truth is elsewhere."""

    async def read(self, viewer_id: int, graph_version: int) -> FeedHead | None:
        """Return the head if it is whole and was made under this graph version, else None."""
        ...

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist; idempotent as readers see it.

        Raises:
            EngineUnavailable: at least one feed may lack the post; the same call again is safe.
        """
        ...

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building, keep what arrives from now on, and return the nonce to finish with.

        A rebuild under way is joined: both get the same nonce, and the first to finish wins.
        """
        ...

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        ...

    async def probe(self) -> None:
        """Ask every master whether it serves, and whether all slots are served."""
        ...
