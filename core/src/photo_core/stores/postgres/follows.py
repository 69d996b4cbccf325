"""The real `Follows`: a row a follow, with exact counts and versions kept in the same transaction."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import msgspec

from photo_core.domain.accounts import AuthorReach, Follow, FollowGraph, PullRange

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from photo_core.stores.postgres.pool import PostgresPool

# both rows in the order of their ids, so that a follow and its counterpart never wait for each other in a circle
LOCK_BOTH = """
SELECT user_id, follower_count FROM accounts WHERE user_id = ANY($1::bigint[]) ORDER BY user_id FOR NO KEY UPDATE
"""
INSERT = "INSERT INTO follows (follower_id, followee_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
DELETE = "DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2"
COUNT_FOLLOWEE = "UPDATE accounts SET follower_count = follower_count + $2 WHERE user_id = $1 RETURNING follower_count"
COUNT_FOLLOWER = """
UPDATE accounts SET following_count = following_count + $2, graph_version = graph_version + 1 WHERE user_id = $1
"""
# one statement, so one snapshot
GRAPH = """
SELECT
    (SELECT graph_version FROM accounts WHERE user_id = $1) AS version,
    ARRAY(SELECT followee_id FROM follows WHERE follower_id = $1) AS followees,
    (
        SELECT COALESCE(json_agg(json_build_array(author_id, from_id, to_id)), '[]')
        FROM pull_ranges JOIN follows ON followee_id = author_id AND follower_id = $1
    ) AS pull_ranges
"""
FOLLOWERS_PAGE = """
SELECT follower_id FROM follows WHERE followee_id = $1 AND follower_id < $2 ORDER BY follower_id DESC LIMIT $3
"""
FOLLOWING_PAGE = """
SELECT followee_id FROM follows WHERE follower_id = $1 AND followee_id < $2 ORDER BY followee_id DESC LIMIT $3
"""
FOLLOWERS_AFTER = """
SELECT follower_id FROM follows WHERE followee_id = $1 AND follower_id > $2 ORDER BY follower_id LIMIT $3
"""
REACH = """
SELECT follower_count, from_id FROM accounts LEFT JOIN pull_ranges ON author_id = user_id AND to_id IS NULL
WHERE user_id = $1
"""
LOCK_AUTHOR = "SELECT pg_advisory_xact_lock($1)"
# a range that was closed and begins at the same id is opened again: pulling too much is only a repeat
# an open range from the same id covers the closed one, whose place it takes
REPLACE_CLOSED_RANGE = "DELETE FROM pull_ranges WHERE author_id = $1 AND from_id = $2 AND to_id IS NOT NULL"
OPEN_RANGE = """
INSERT INTO pull_ranges (author_id, from_id) VALUES ($1, $2)
ON CONFLICT (author_id) WHERE to_id IS NULL DO UPDATE SET from_id = LEAST(pull_ranges.from_id, EXCLUDED.from_id)
"""
ADD_RANGE = """
INSERT INTO pull_ranges (author_id, from_id, to_id) VALUES ($1, $2, $3)
ON CONFLICT (author_id, from_id) DO UPDATE SET to_id = GREATEST(pull_ranges.to_id, EXCLUDED.to_id)
WHERE pull_ranges.to_id IS NOT NULL
"""
CLOSE_RANGE = "UPDATE pull_ranges SET to_id = $2 WHERE author_id = $1 AND to_id IS NULL"


class PostgresFollows:
    """Who follows whom, and whose posts are pulled."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def follow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Make one follow another; idempotent; None if one of them does not exist."""
        async with self._pool.transaction() as connection:
            count = await _locked_count(connection, follower_id, followee_id)
            if count is None:
                return None
            if await connection.execute(INSERT, follower_id, followee_id) == "INSERT 0 1":
                count = await _count(connection, follower_id, followee_id, 1)
        return Follow(following=True, follower_count=count)

    async def unfollow(self, follower_id: int, followee_id: int) -> Follow | None:
        """Undo a follow; idempotent; None if one of them does not exist."""
        async with self._pool.transaction() as connection:
            count = await _locked_count(connection, follower_id, followee_id)
            if count is None:
                return None
            if await connection.execute(DELETE, follower_id, followee_id) == "DELETE 1":
                count = await _count(connection, follower_id, followee_id, -1)
        return Follow(following=False, follower_count=count)

    async def graph(self, viewer_id: int) -> FollowGraph:
        """Return the viewer's followees and their pull ranges, in one snapshot."""
        async with self._pool.connection() as connection:
            (row,) = await connection.fetch(GRAPH, viewer_id)
        ranges = msgspec.json.decode(row["pull_ranges"], type=list[tuple[int, int, int | None]])
        return FollowGraph(
            viewer_id=viewer_id,
            version=row["version"] or 0,
            followees=frozenset(row["followees"]),
            pull_ranges=tuple(PullRange(*values) for values in ranges),
        )

    async def followers_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return follower ids below `before_id`, highest first."""
        async with self._pool.connection() as connection:
            return [row[0] for row in await connection.fetch(FOLLOWERS_PAGE, user_id, before_id, limit)]

    async def following_page(self, user_id: int, before_id: int, limit: int) -> list[int]:
        """Return followee ids below `before_id`, highest first."""
        async with self._pool.connection() as connection:
            return [row[0] for row in await connection.fetch(FOLLOWING_PAGE, user_id, before_id, limit)]

    async def follower_ranges(self, author_id: int, size: int) -> AsyncIterator[tuple[int, ...]]:
        """Yield all followers of one snapshot in ranges of at most `size`, by keyset."""
        async with (
            self._pool.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            after = -1
            while rows := await connection.fetch(FOLLOWERS_AFTER, author_id, after, size):
                yield tuple(row[0] for row in rows)
                after = rows[-1][0]

    async def reach(self, author_id: int) -> AuthorReach:
        """Return the follower count and the open pull range of an author."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(REACH, author_id)
        if row is None:
            return AuthorReach(author_id, 0)
        open_range = None if row["from_id"] is None else PullRange(author_id, row["from_id"])
        return AuthorReach(author_id, row["follower_count"], open_range)

    async def open_pull_range(self, author_id: int, from_id: int) -> None:
        """Pull the author's posts from an id on; an open range is only ever extended downwards."""
        async with self._pool.transaction() as connection:
            await connection.execute(LOCK_AUTHOR, author_id)
            await connection.execute(REPLACE_CLOSED_RANGE, author_id, from_id)
            await connection.execute(OPEN_RANGE, author_id, from_id)

    async def add_pull_range(self, closed: PullRange) -> None:
        """Pull a closed range of the author's posts; idempotent."""
        async with self._pool.connection() as connection:
            await connection.execute(ADD_RANGE, closed.author_id, closed.from_id, closed.to_id)

    async def close_pull_range(self, author_id: int, to_id: int) -> None:
        """End the author's open range at an id, inclusive; idempotent."""
        async with self._pool.connection() as connection:
            await connection.execute(CLOSE_RANGE, author_id, to_id)


async def _locked_count(connection: "PoolConnectionProxy", follower_id: int, followee_id: int) -> int | None:
    """Lock both accounts and return the followee's follower count, or None if one does not exist."""
    rows = await connection.fetch(LOCK_BOTH, [follower_id, followee_id])
    counts = {row["user_id"]: row["follower_count"] for row in rows}
    return counts.get(followee_id) if follower_id in counts else None


async def _count(connection: "PoolConnectionProxy", follower_id: int, followee_id: int, change: int) -> int:
    await connection.execute(COUNT_FOLLOWER, follower_id, change)
    return int(await connection.fetchval(COUNT_FOLLOWEE, followee_id, change))
