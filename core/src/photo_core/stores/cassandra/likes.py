"""The real `Likes`: carries out the conversations of `domain.like_shards`, and keeps the likes by user beside them.

A transaction whose answer is lost may be put again and then finds its own work: nobody counts twice, but no transition
is told. The counts lack it until the reconciler of interaction-counter has looked.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from photo_core.domain.interactions import Membership
from photo_core.domain.like_shards import (
    FIRST,
    SHARDS,
    Conversation,
    ShardAnswer,
    ShardQuestion,
    like,
    shard_of,
    unlike,
)
from photo_core.stores.cassandra.paging import BEFORE_ALL, ROWS_A_PAGE, pages
from photo_core.stores.cassandra.session import Bound, CassandraSession

ENTER_FIRST = f"""
UPDATE likes SET liked_at_ms = ? WHERE post_id = ? AND shard = {FIRST} AND user_id = ?
IF liked_at_ms = null AND shards = null
"""  # noqa: S608 - ours
LEAVE_FIRST = f"""
UPDATE likes SET liked_at_ms = null WHERE post_id = ? AND shard = {FIRST} AND user_id = ?
IF liked_at_ms != null AND shards != -1
"""  # noqa: S608 - ours; the second condition always holds and has the answer tell the column
ENTER_SHARD = "UPDATE likes SET liked_at_ms = ? WHERE post_id = ? AND shard = ? AND user_id = ? IF liked_at_ms = null"
LEAVE_SHARD = (
    "UPDATE likes SET liked_at_ms = null WHERE post_id = ? AND shard = ? AND user_id = ? IF liked_at_ms != null"
)
LOOK = "SELECT liked_at_ms FROM likes WHERE post_id = ? AND shard = ? AND user_id = ?"
CLOSE = f"UPDATE likes SET shards = {SHARDS} WHERE post_id = ? AND shard = {FIRST} IF shards = null"  # noqa: S608 - ours
SOME = "SELECT user_id, shards FROM likes WHERE post_id = ? AND shard IN ? LIMIT ?"
MEMBERS = "SELECT user_id, liked_at_ms FROM likes WHERE post_id = ? AND shard = ? AND user_id > ? LIMIT ?"
IS_CLOSED = f"SELECT shards FROM likes WHERE post_id = ? AND shard = {FIRST} LIMIT 1"  # noqa: S608 - ours
REMEMBER = "INSERT INTO likes_by_user (user_id, post_id, liked_at_ms) VALUES (?, ?, ?)"
FORGET = "DELETE FROM likes_by_user WHERE user_id = ? AND post_id = ?"
LIKED_BY = "SELECT post_id FROM likes_by_user WHERE user_id = ? AND post_id IN ?"
NEWEST = "SELECT post_id FROM likes_by_user WHERE user_id = ? AND post_id < ? LIMIT ?"
KNOWN_CLOSED = 10_000  # posts whose first partition this process remembers to be closed
SHARDS_AT_ONCE = 16


class CassandraLikes:
    """Likes by post and by user."""

    def __init__(self, session: CassandraSession, rows_a_page: int = ROWS_A_PAGE) -> None:
        self._session = session
        self._rows_a_page = rows_a_page
        self._closed: dict[int, None] = {}

    async def like(self, post_id: int, user_id: int, at_ms: int) -> bool:
        """Make a user like a post; True only on a real transition."""
        shard = shard_of(user_id)
        asked = {
            ShardQuestion.ENTER_FIRST: (ENTER_FIRST, (at_ms, post_id, user_id)),
            ShardQuestion.LOOK_IN_FIRST: (LOOK, (post_id, FIRST, user_id)),
            ShardQuestion.ENTER_SHARD: (ENTER_SHARD, (at_ms, post_id, shard, user_id)),
        }
        return await self._converse(post_id, like(closed=post_id in self._closed), asked)

    async def unlike(self, post_id: int, user_id: int) -> bool:
        """Undo a like; True only on a real transition."""
        asked = {
            ShardQuestion.LEAVE_FIRST: (LEAVE_FIRST, (post_id, user_id)),
            ShardQuestion.LOOK_IN_FIRST: (LOOK, (post_id, FIRST, user_id)),
            ShardQuestion.LEAVE_SHARD: (LEAVE_SHARD, (post_id, shard_of(user_id), user_id)),
        }
        return await self._converse(post_id, unlike(closed=post_id in self._closed), asked)

    async def liked(self, post_id: int, user_id: int) -> bool:
        """Return whether a user likes a post, by the truth."""
        places = (FIRST, shard_of(user_id))
        found = await asyncio.gather(*(self._session.execute(LOOK, (post_id, shard, user_id)) for shard in places))
        return any(row.liked_at_ms is not None for rows in found for row in rows)

    async def spread(self, post_id: int) -> None:
        """Close the first partition: newcomers go to the shards from now on."""
        await self._session.execute(CLOSE, (post_id,))
        self._remember_closed(post_id)

    async def count(self, post_id: int, at_most: int) -> int | None:
        """Return the exact number of likes, or None when it is above `at_most`."""
        shards, limit = [FIRST], at_most + 2  # one more says that it is above, one may be the row of `shards` alone
        rows = await self._session.execute(SOME, (post_id, shards, limit))
        if any(row.shards is not None for row in rows):
            shards = [FIRST, *range(1, SHARDS + 1)]
            rows = await self._session.execute(SOME, (post_id, shards, limit))
        count = sum(row.user_id is not None for row in rows)
        return count if count <= at_most else None

    async def members(self, post_id: int) -> Membership:
        """Count all membership rows of a post."""
        first = await self._members(post_id, FIRST)
        known = await self._session.execute(IS_CLOSED, (post_id,))
        if not any(row.shards for row in known):
            return first
        slots = asyncio.Semaphore(SHARDS_AT_ONCE)

        async def one(shard: int) -> Membership:
            async with slots:
                return await self._members(post_id, shard)

        rest = await asyncio.gather(*(one(shard) for shard in range(1, SHARDS + 1)))
        return Membership(sum(each.count for each in (first, *rest)), sum(each.fingerprint for each in (first, *rest)))

    async def remember(self, user_id: int, post_id: int, at_ms: int) -> None:
        """Keep a like by its user."""
        await self._session.execute(REMEMBER, (user_id, post_id, at_ms))

    async def forget(self, user_id: int, post_id: int) -> None:
        """Take a like from its user's."""
        await self._session.execute(FORGET, (user_id, post_id))

    async def liked_by(self, user_id: int, post_ids: Collection[int]) -> frozenset[int]:
        """Return which of these posts a user likes: one partition, one query."""
        if not post_ids:
            return frozenset()
        rows = await self._session.execute_to_show(LIKED_BY, (user_id, list(post_ids)))
        return frozenset(row.post_id for row in rows)

    async def newest_liked(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids below `before_id` of posts that a user likes, highest first."""
        return [row.post_id for row in await self._session.execute(NEWEST, (user_id, before_id, limit))]

    async def _members(self, post_id: int, shard: int) -> Membership:
        count = fingerprint = 0
        async for rows in pages(self._session, MEMBERS, (post_id, shard), BEFORE_ALL, self._rows_a_page):
            members = [row.user_id for row in rows if row.liked_at_ms is not None]
            count, fingerprint = count + len(members), fingerprint + sum(members)
        return Membership(count, fingerprint)

    async def _converse(self, post_id: int, conversation: Conversation, asked: Mapping[ShardQuestion, Bound]) -> bool:
        """Carry out a conversation to its end and return how it ended."""
        step = next(conversation)
        while True:
            told = _told(await self._session.execute(*asked[step]))
            if told.closed:
                self._remember_closed(post_id)
            try:
                step = conversation.send(told)
            except StopIteration as ended:
                return bool(ended.value)

    def _remember_closed(self, post_id: int) -> None:
        self._closed[post_id] = None
        if len(self._closed) > KNOWN_CLOSED:
            del self._closed[next(iter(self._closed))]


def _told(rows: Sequence[Any]) -> ShardAnswer:
    """Return what an answer says; a transaction that was not applied tells the columns of its conditions."""
    if not rows:
        return ShardAnswer()
    (row,) = rows
    return ShardAnswer(
        applied=getattr(row, "applied", False),
        present=getattr(row, "liked_at_ms", None) is not None,
        closed=getattr(row, "shards", None) is not None,
    )
