"""The real `Counters` and `Touches`.

A tally is written with its position as the timestamp, so a late writer never overwrites what is further along, and
two writers of the same position write the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from photo_core.domain.ids import created_at_ms
from photo_core.domain.interactions import Tally
from photo_core.stores.cassandra.session import CassandraSession

GET_MANY = "SELECT post_id, likes, comments, position, latest_ms FROM post_counts WHERE post_id IN ?"
STORE = (
    "INSERT INTO post_counts (post_id, likes, comments, position, latest_ms) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
TOUCH = "INSERT INTO touched_posts (minute, shard, post_id) VALUES (?, ?, ?)"
TOUCHED = "SELECT post_id FROM touched_posts WHERE minute = ? AND shard = ?"
POSTS = "SELECT token(post_id) AS place, post_id FROM posts WHERE token(post_id) > ? LIMIT ?"
PROGRESS = "SELECT done FROM scans WHERE name = ?"
ADVANCE = "INSERT INTO scans (name, done) VALUES (?, ?)"
IDS_A_QUERY = 25  # a coordinator asks that many partitions at once
WRITES_AT_ONCE = 32
TOUCH_SHARDS = 4
MINUTE_MS = 60_000


class CassandraCounters:
    """One row a post."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Tally]:
        """Return the tallies that exist, by post."""
        return await _tallies(self._session.execute, post_ids)

    async def to_show(self, post_ids: Collection[int]) -> Mapping[int, Tally]:
        """Return the same, perhaps without the latest changes."""
        return await _tallies(self._session.execute_to_show, post_ids)

    async def store(self, tallies: Sequence[Tally]) -> None:
        """Store tallies; one of a lower position never overwrites one of a higher."""
        slots = asyncio.Semaphore(WRITES_AT_ONCE)

        async def one(tally: Tally) -> None:
            async with slots:
                await self._session.execute(STORE, _values(tally))

        await asyncio.gather(*(one(tally) for tally in tallies))


class CassandraTouches:
    """Posts by the minute in which they were touched, and how far scans have come."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def touch(self, post_id: int, at_ms: int) -> None:
        """Remember that a post's counts may have to be mended."""
        await self._session.execute(TOUCH, (at_ms // MINUTE_MS, created_at_ms(post_id) % TOUCH_SHARDS, post_id))

    async def touched(self, minute: int) -> list[int]:
        """Return the posts touched within a minute."""
        pages = await asyncio.gather(
            *(self._session.execute(TOUCHED, (minute, shard)) for shard in range(TOUCH_SHARDS))
        )
        return sorted(row.post_id for rows in pages for row in rows)

    async def post_ids(self, after_token: int, limit: int) -> tuple[list[int], int | None]:
        """Return some posts of all there are, in the order of the ring, and the token to go on after."""
        rows = await self._session.execute(POSTS, (after_token, limit))
        return [row.post_id for row in rows], rows[-1].place if len(rows) == limit else None

    async def progress(self, name: str) -> int | None:
        """Return how far a scan has come, or None if it never ran."""
        rows = await self._session.execute(PROGRESS, (name,))
        return rows[0].done if rows else None

    async def advance(self, name: str, to: int) -> None:
        """Remember how far a scan has come."""
        await self._session.execute(ADVANCE, (name, to))


async def _tallies(
    execute: Callable[[str, Sequence[Any]], Awaitable[list[Any]]], post_ids: Collection[int]
) -> Mapping[int, Tally]:
    ids = list(post_ids)
    chunks = [ids[start : start + IDS_A_QUERY] for start in range(0, len(ids), IDS_A_QUERY)]
    pages = await asyncio.gather(*(execute(GET_MANY, (chunk,)) for chunk in chunks))
    return {row.post_id: Tally(*row) for rows in pages for row in rows}


def _values(tally: Tally) -> tuple[Any, ...]:
    return (tally.post_id, tally.likes, tally.comments, tally.position, tally.latest_ms, tally.position)
