"""The real `InteractionErasure`: by partitions of one post, so that a crash costs one of them at most.

Likes change by lightweight transactions otherwise. Here they are removed by plain deletes, which is sound only because
their post is deleted before: no condition on them is ever asked again, and what still comes late stays removed.
"""

import asyncio
from collections.abc import Iterable, Sequence

from photo_core.domain.like_shards import FIRST, SHARDS
from photo_core.stores.cassandra.paging import AFTER_ALL, BEFORE_ALL, ROWS_A_PAGE, pages
from photo_core.stores.cassandra.session import Bound, CassandraSession

LATEST = 1 << 62  # later than any time and any position that something of a post is written at
IS_SPREAD = f"SELECT shards FROM likes WHERE post_id = ? AND shard = {FIRST} LIMIT 1"  # noqa: S608 - ours
LIKERS = "SELECT user_id FROM likes WHERE post_id = ? AND shard = ? AND user_id > ? LIMIT ?"
ERASE_BY_USER = f"DELETE FROM likes_by_user USING TIMESTAMP {LATEST} WHERE user_id = ? AND post_id = ?"  # noqa: S608 - ours
ERASE_LIKES = f"DELETE FROM likes USING TIMESTAMP {LATEST} WHERE post_id = ? AND shard = ?"  # noqa: S608 - ours
COMMENTS = "SELECT comment_id, author_id FROM comments_by_post WHERE post_id = ? AND comment_id < ? LIMIT ?"
ERASE_COMMENT = f"DELETE FROM comments USING TIMESTAMP {LATEST} WHERE comment_id = ?"  # noqa: S608 - ours
ERASE_BY_AUTHOR = f"DELETE FROM comments_by_author USING TIMESTAMP {LATEST} WHERE author_id = ? AND comment_id = ?"  # noqa: S608 - ours
ERASE_COMMENTS = f"DELETE FROM comments_by_post USING TIMESTAMP {LATEST} WHERE post_id = ?"  # noqa: S608 - ours
ERASE_COUNTS = f"DELETE FROM post_counts USING TIMESTAMP {LATEST} WHERE post_id = ?"  # noqa: S608 - ours
AT_ONCE = 16


class CassandraInteractionErasure:
    """Likes, comments and counts of posts that are gone."""

    def __init__(self, session: CassandraSession, rows_a_page: int = ROWS_A_PAGE) -> None:
        self._session = session
        self._rows_a_page = rows_a_page

    async def erase(self, post_id: int) -> None:
        """Remove what derives from a partition before the partition itself: what is left names what is left to do."""
        for shard in await self._shards(post_id):
            await self._erase_shard(post_id, shard)
        async for rows in pages(self._session, COMMENTS, (post_id,), AFTER_ALL, self._rows_a_page):
            await self._each((ERASE_COMMENT, (row.comment_id,)) for row in rows)
            await self._each((ERASE_BY_AUTHOR, (row.author_id, row.comment_id)) for row in rows)
        await self._session.execute(ERASE_COMMENTS, (post_id,))
        await self._session.execute(ERASE_COUNTS, (post_id,))

    async def _shards(self, post_id: int) -> Sequence[int]:
        """Return where a post's likes stand; the first partition last, since it says that there are others."""
        spread = any(row.shards for row in await self._session.execute(IS_SPREAD, (post_id,)))
        return [*range(FIRST + 1, SHARDS + 1), FIRST] if spread else [FIRST]

    async def _erase_shard(self, post_id: int, shard: int) -> None:
        found = shard == FIRST  # which may hold no like, and yet say that there are others
        async for rows in pages(self._session, LIKERS, (post_id, shard), BEFORE_ALL, self._rows_a_page):
            found = True
            await self._each((ERASE_BY_USER, (row.user_id, post_id)) for row in rows)
        if found:
            await self._session.execute(ERASE_LIKES, (post_id, shard))

    async def _each(self, statements: Iterable[Bound]) -> None:
        waiting = iter(statements)

        async def work() -> None:
            for statement in waiting:
                await self._session.execute(*statement)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
