"""The real `MediaUses`: one partition a media.

Every statement is at LOCAL_QUORUM: who reads after a write was acknowledged sees it, which the port's order relies on.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from photo_core.stores.cassandra.session import Bound, CassandraSession

CLAIM = "INSERT INTO media_uses (media_id, post_id) VALUES (?, ?) USING TIMESTAMP ?"
RELEASE = "DELETE FROM media_uses USING TIMESTAMP ? WHERE media_id = ? AND post_id = ?"
CLOSE = "INSERT INTO media_uses (media_id, closed_at_ms) VALUES (?, ?) USING TIMESTAMP ?"
CLOSED = "SELECT DISTINCT media_id, closed_at_ms FROM media_uses WHERE media_id IN ?"
CLAIMANTS = "SELECT post_id FROM media_uses WHERE media_id = ?"


def release(post_id: int, media_ids: Collection[int], written: int) -> list[Bound]:
    """Return the statements that end a post's claims, for the batch that deletes it.

    Args:
        post_id: the post.
        media_ids: what it shows.
        written: the deletion's timestamp in microseconds, later than the claims'.
    """
    return [(RELEASE, (written, media_id, post_id)) for media_id in media_ids]


class CassandraMediaUses:
    """Claims of posts on media, and the media that no further post may show."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def claim(self, post_id: int, created_at_ms: int, media_ids: Collection[int]) -> frozenset[int]:
        """Note that a post is about to show these media, and then return those of them that are closed."""
        written = created_at_ms * 1000
        await asyncio.gather(*(self._session.execute(CLAIM, (id_, post_id, written)) for id_ in media_ids))
        return await self.closed(media_ids)

    async def close(self, media_id: int, closed_at_ms: int) -> None:
        """Let no further post show a media, for good."""
        await self._session.execute(CLOSE, (media_id, closed_at_ms, closed_at_ms * 1000))

    async def closed(self, media_ids: Collection[int]) -> frozenset[int]:
        """Return those of these media that no further post may show."""
        rows: list[Any] = await self._session.execute(CLOSED, (list(media_ids),))
        return frozenset(row.media_id for row in rows if row.closed_at_ms is not None)

    async def claimants(self, media_id: int) -> frozenset[int]:
        """Return the posts that show a media or were about to."""
        rows = await self._session.execute(CLAIMANTS, (media_id,))
        return frozenset(row.post_id for row in rows if row.post_id is not None)
