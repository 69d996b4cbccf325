"""The real `Restrictions`: a row a block or mute, with what it ends in the same transaction."""

from typing import TYPE_CHECKING

from photo_core.stores.postgres import pairs

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

BLOCK = """
WITH added AS (INSERT INTO blocks (blocker_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1)
UPDATE accounts SET graph_version = graph_version + 1 FROM added WHERE user_id IN ($1, $2)
"""
UNBLOCK = "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2"
EXIST = "SELECT count(*) = 2 FROM accounts WHERE user_id IN ($1, $2)"
MUTE = """
WITH added AS (INSERT INTO mutes (viewer_id, author_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1)
UPDATE accounts SET graph_version = graph_version + 1 FROM added WHERE user_id = $1
"""
UNMUTE = """
WITH removed AS (DELETE FROM mutes WHERE viewer_id = $1 AND author_id = $2 RETURNING 1)
UPDATE accounts SET graph_version = graph_version + 1 FROM removed WHERE user_id = $1
"""


class PostgresRestrictions:
    """Blocks and mutes."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def block(self, blocker_id: int, blocked_id: int) -> bool:
        """Remove everything between two accounts and refuse new follows; False if one does not exist."""
        async with self._pool.transaction() as connection:
            if not await pairs.lock(connection, blocker_id, blocked_id):
                return False
            await connection.execute(BLOCK, blocker_id, blocked_id)
            await pairs.unlink(connection, blocker_id, blocked_id)
            await pairs.unlink(connection, blocked_id, blocker_id)
        return True

    async def unblock(self, blocker_id: int, blocked_id: int) -> bool:
        """End the blocker's own block; False if one does not exist."""
        return await self._change(UNBLOCK, blocker_id, blocked_id)

    async def mute(self, viewer_id: int, author_id: int) -> bool:
        """Take an author out of the viewer's feed; False if one does not exist."""
        return await self._change(MUTE, viewer_id, author_id)

    async def unmute(self, viewer_id: int, author_id: int) -> bool:
        """End a mute; False if one does not exist."""
        return await self._change(UNMUTE, viewer_id, author_id)

    async def _change(self, statement: str, actor_id: int, concerned_id: int) -> bool:
        async with self._pool.connection() as connection:
            if not await connection.fetchval(EXIST, actor_id, concerned_id):
                return False
            await connection.execute(statement, actor_id, concerned_id)
        return True
