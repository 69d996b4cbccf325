"""The real `Restrictions`: a row a block or mute, with what it ends in the same transaction."""

from typing import TYPE_CHECKING

from photo_core.domain.accounts import FollowGraph
from photo_core.stores.postgres import graphs, pairs

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

# one update an account, so that each version grows by one whatever the block ends
BLOCK = """
WITH
    added AS (INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1),
    withdrawn AS (
        DELETE FROM follow_requests
        WHERE (owner_id = $1 AND requester_id = $2) OR (owner_id = $2 AND requester_id = $1)
    ),
    removed AS (
        DELETE FROM follows WHERE (follower_id = $1 AND followee_id = $2) OR (follower_id = $2 AND followee_id = $1)
        RETURNING follower_id, followee_id
    )
UPDATE accounts SET
    follower_count = follower_count - (SELECT count(*) FROM removed WHERE followee_id = user_id),
    following_count = following_count - (SELECT count(*) FROM removed WHERE follower_id = user_id),
    graph_version = graph_version + 1
WHERE user_id IN ($1, $2) AND (EXISTS (SELECT FROM added) OR EXISTS (SELECT FROM removed))
RETURNING user_id
"""
UNBLOCK = "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2"
EXIST = "SELECT count(*) = 2 FROM accounts WHERE user_id IN ($1, $2) AND deleted_at_ms IS NULL"
MUTE = """
WITH added AS (INSERT INTO mutes (viewer_id, author_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1)
UPDATE accounts SET graph_version = graph_version + 1 FROM added WHERE user_id = $1 RETURNING user_id
"""
UNMUTE = """
WITH removed AS (DELETE FROM mutes WHERE viewer_id = $1 AND author_id = $2 RETURNING 1)
UPDATE accounts SET graph_version = graph_version + 1 FROM removed WHERE user_id = $1 RETURNING user_id
"""


class PostgresRestrictions:
    """Blocks and mutes."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def block(self, blocker_id: int, blocked_id: int) -> tuple[FollowGraph, ...] | None:
        """Remove everything between two accounts and refuse new follows; None if one does not exist."""
        async with self._pool.transaction() as connection:
            if not await pairs.lock(connection, blocker_id, blocked_id):
                return None
            rows = await connection.fetch(BLOCK, blocker_id, blocked_id)
            return await graphs.read_all(connection, (row["user_id"] for row in rows))

    async def unblock(self, blocker_id: int, blocked_id: int) -> tuple[FollowGraph, ...] | None:
        """End the blocker's own block; None if one does not exist."""
        return await self._change(UNBLOCK, blocker_id, blocked_id)

    async def mute(self, viewer_id: int, author_id: int) -> tuple[FollowGraph, ...] | None:
        """Take an author out of the viewer's feed; None if one does not exist."""
        return await self._change(MUTE, viewer_id, author_id)

    async def unmute(self, viewer_id: int, author_id: int) -> tuple[FollowGraph, ...] | None:
        """End a mute; None if one does not exist."""
        return await self._change(UNMUTE, viewer_id, author_id)

    async def _change(self, statement: str, actor_id: int, concerned_id: int) -> tuple[FollowGraph, ...] | None:
        async with self._pool.transaction() as connection:
            if not await connection.fetchval(EXIST, actor_id, concerned_id):
                return None
            rows = await connection.fetch(statement, actor_id, concerned_id)
            return await graphs.read_all(connection, (row["user_id"] for row in rows))
