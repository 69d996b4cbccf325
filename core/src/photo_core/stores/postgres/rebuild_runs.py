"""The real `RebuildRuns`: a row a run. A lock for the length of a transaction makes one process the planner."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from photo_core.ports.rebuild_runs import ActivePage, RebuildRun

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from photo_core.stores.postgres.pool import PostgresPool

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(1, 'rebuild_runs'::regclass::oid::int)"
LATEST = """
SELECT run_id, fingerprint, after_id, planned, handled, planned_at IS NOT NULL AS fully_planned,
    extract(epoch FROM now() - progressed_at)::float8 AS idle_seconds
FROM rebuild_runs ORDER BY run_id DESC LIMIT 1
"""
BEGIN = "INSERT INTO rebuild_runs (fingerprint) VALUES ($1)"
# a page of accounts, not of active ones: where few are, their page would be a scan without end
ACTIVE = """
SELECT user_id, last_seen_at >= to_timestamp($2) AS active FROM accounts WHERE user_id > $1 ORDER BY user_id LIMIT $3
"""
ADVANCE = """
UPDATE rebuild_runs SET after_id = COALESCE($2, after_id), planned = planned + $3, progressed_at = now(),
    planned_at = CASE WHEN $2::bigint IS NULL THEN now() END
WHERE run_id = $1
"""
COUNT_HANDLED = "UPDATE rebuild_runs SET handled = handled + $2, progressed_at = now() WHERE run_id = $1"


class PostgresRebuildRuns:
    """Runs over all active viewers."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["PostgresRebuildTurn | None"]:
        """Take the right to plan for the length of the block, which is one transaction."""
        async with self._pool.transaction() as connection:
            has_it = await connection.fetchval(TRY_LOCK)
            yield PostgresRebuildTurn(connection) if has_it else None

    async def latest(self) -> RebuildRun | None:
        """Return the newest run."""
        async with self._pool.connection() as connection:
            return await _latest(connection)

    async def count_handled(self, run_id: int, viewers: int) -> None:
        """Add viewers to those that a run has handled."""
        async with self._pool.connection() as connection:
            await connection.execute(COUNT_HANDLED, run_id, viewers)


class PostgresRebuildTurn:
    """One process's turn, within its transaction."""

    def __init__(self, connection: "PoolConnectionProxy") -> None:
        self._connection = connection

    async def latest(self) -> RebuildRun | None:
        """Return the newest run."""
        return await _latest(self._connection)

    async def begin(self, fingerprint: str) -> None:
        """Begin a run."""
        await self._connection.execute(BEGIN, fingerprint)

    async def active(self, after_id: int, seen_since_ms: int, limit: int) -> ActivePage:
        """Look at `limit` accounts after an id and return those seen since a time."""
        rows = await self._connection.fetch(ACTIVE, after_id, seen_since_ms / 1000, limit)
        viewers = tuple(row["user_id"] for row in rows if row["active"])
        return ActivePage(viewers, rows[-1]["user_id"] if len(rows) == limit else None)

    async def advance(self, run_id: int, page: ActivePage) -> None:
        """Remember that a page's viewers are planned."""
        await self._connection.execute(ADVANCE, run_id, page.after_id, len(page.viewers))


async def _latest(connection: "PoolConnectionProxy") -> RebuildRun | None:
    row = await connection.fetchrow(LATEST)
    return None if row is None else RebuildRun(*row)
