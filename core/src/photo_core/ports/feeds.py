"""Feed heads; Redis holds them and may lose them at any time."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class FeedHead(Struct, frozen=True):
    """The newest part of a viewer's feed, proven whole.

    `post_ids` is newest first without repeats; every post that was delivered and is at or above
    `complete_down_to` is among them. Below that, author timelines tell.
    """

    post_ids: tuple[int, ...]
    complete_down_to: int


class FeedCache(Protocol):
    """Feeds by viewer. Any method may raise `EngineUnavailable`; the truth is elsewhere."""

    async def read(self, viewer_id: int, graph_version: int) -> FeedHead | None:
        """Return the head if it is whole and was made under this graph version, else None."""
        ...

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist; idempotent as readers see it."""
        ...

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building, keep what arrives from now on, and return the nonce to finish with."""
        ...

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        ...

    async def probe(self) -> None:
        """Ask every master whether it serves."""
        ...
