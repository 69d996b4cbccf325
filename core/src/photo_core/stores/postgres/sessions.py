"""The real `RevokedSessions`: polled by every pod of the API, so it stays small by forgetting what has expired."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

REVOKE = "INSERT INTO revoked_sessions (session_id, expires_at_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING"
FORGET = "DELETE FROM revoked_sessions WHERE expires_at_ms < (extract(epoch FROM now() - interval '1 day') * 1000)"
ALL_LIVE = "SELECT session_id FROM revoked_sessions WHERE expires_at_ms > $1"


class PostgresRevokedSessions:
    """Sessions that ended before their token did."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def revoke(self, session_id: str, expires_at_ms: int) -> None:
        """Remember that a session ended, and forget those whose tokens expired a day ago."""
        async with self._pool.transaction() as connection:
            await connection.execute(REVOKE, session_id, expires_at_ms)
            await connection.execute(FORGET)

    async def all_live(self, now_ms: int) -> frozenset[str]:
        """Return the revoked sessions whose tokens have not expired by themselves."""
        async with self._pool.connection() as connection:
            return frozenset(row[0] for row in await connection.fetch(ALL_LIVE, now_ms))
