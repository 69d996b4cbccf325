"""The real `InteractionErasure`: by partitions of one post, so that a crash costs one of them at most.

Likes change by lightweight transactions otherwise. Here they are removed by plain deletes, which is sound only because
their post is deleted before: no condition on them is ever asked again.
"""

import asyncio
from collections.abc import Iterable

from photo_core.domain.like_shards import FIRST, SHARDS
from photo_core.stores.cassandra.session import Bound, CassandraSession

LIKERS = "SELECT user_id FROM likes WHERE post_id = ? AND shard = ?"
ERASE_BY_USER = "DELETE FROM likes_by_user WHERE user_id = ? AND post_id = ?"
ERASE_LIKES = "DELETE FROM likes WHERE post_id = ? AND shard = ?"
COMMENTS = "SELECT comment_id FROM comments_by_post WHERE post_id = ?"
ERASE_COMMENT = "DELETE FROM comments WHERE comment_id = ?"
ERASE_COMMENTS = "DELETE FROM comments_by_post WHERE post_id = ?"
# later than any position, which counts are written at
ERASE_COUNTS = "DELETE FROM post_counts USING TIMESTAMP 9223372036854775807 WHERE post_id = ?"
AT_ONCE = 16


class CassandraInteractionErasure:
    """Likes, comments and counts of posts that are gone."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def erase(self, post_id: int) -> None:
        """Remove what derives from a partition before the partition itself: what is left names what is left to do."""
        for shard in range(FIRST, SHARDS + 1):
            await self._erase_shard(post_id, shard)
        rows = await self._session.execute(COMMENTS, (post_id,))
        await self._each((ERASE_COMMENT, (row.comment_id,)) for row in rows)
        await self._session.execute(ERASE_COMMENTS, (post_id,))
        await self._session.execute(ERASE_COUNTS, (post_id,))

    async def _erase_shard(self, post_id: int, shard: int) -> None:
        rows = await self._session.execute(LIKERS, (post_id, shard))
        if rows:
            likers = [row.user_id for row in rows if row.user_id is not None]
            await self._each((ERASE_BY_USER, (user_id, post_id)) for user_id in likers)
            await self._session.execute(ERASE_LIKES, (post_id, shard))

    async def _each(self, statements: Iterable[Bound]) -> None:
        waiting = iter(statements)

        async def work() -> None:
            for statement in waiting:
                await self._session.execute(*statement)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
