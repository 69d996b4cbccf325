"""The real `AccountDeletions`: marks on the account's row, and the graph around it removed a part at a time."""

from typing import TYPE_CHECKING

from photo_core.domain.accounts import DeletedAccount
from photo_core.stores.postgres.feed_state import LOCK

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from photo_core.stores.postgres.pool import PostgresPool

DELETE = """
WITH gone AS (UPDATE accounts SET deleted_at_ms = $2 WHERE user_id = $1 AND deleted_at_ms IS NULL RETURNING 1)
UPDATE feed_state SET version = version + 1 FROM gone
"""
FINISH = """
WITH purged AS (
    UPDATE accounts SET purged_at_ms = $2, full_name = '', bio = '', password_hash = '',
        avatar_media_id = NULL, avatar_key = NULL
    WHERE user_id = $1 AND deleted_at_ms IS NOT NULL AND purged_at_ms IS NULL RETURNING 1
)
UPDATE feed_state SET version = version + 1 FROM purged
"""
DELETED_SINCE = "SELECT user_id FROM accounts WHERE deleted_at_ms >= $1"
UNPURGED = """
SELECT user_id, deleted_at_ms FROM accounts WHERE deleted_at_ms IS NOT NULL AND purged_at_ms IS NULL
ORDER BY deleted_at_ms, user_id
"""
SOME_FOLLOWS = """
(SELECT follower_id FROM follows WHERE followee_id = $1 ORDER BY follower_id LIMIT $2)
UNION (SELECT followee_id FROM follows WHERE follower_id = $1 ORDER BY followee_id LIMIT $2)
"""
# in the order of their ids, as every change of a pair locks; deleted accounts too
LOCK_ACCOUNTS = "SELECT FROM accounts WHERE user_id = ANY($1::bigint[]) ORDER BY user_id FOR NO KEY UPDATE"
# one update an account, so that each version grows by one
UNLINK = """
WITH
    removed AS (
        DELETE FROM follows
        WHERE (followee_id = $1 AND follower_id = ANY($2::bigint[]))
            OR (follower_id = $1 AND followee_id = ANY($2::bigint[]))
        RETURNING follower_id, followee_id
    ),
    changed AS (
        SELECT
            side.user_id,
            count(*) FILTER (WHERE side.user_id = followee_id) AS followers,
            count(*) FILTER (WHERE side.user_id = follower_id) AS followed
        FROM removed CROSS JOIN LATERAL (VALUES (follower_id), (followee_id)) AS side (user_id)
        GROUP BY side.user_id
    )
UPDATE accounts SET
    follower_count = follower_count - followers,
    following_count = following_count - followed,
    graph_version = graph_version + (followed > 0)::int
FROM changed WHERE accounts.user_id = changed.user_id
"""
# after the follows: without a mute, whom it concerns would stand in the feed of a graph whose version stays
PAIRS = (
    ("follow_requests", "owner_id", "requester_id"),
    ("blocks", "blocker_id", "blocked_id"),
    ("mutes", "viewer_id", "author_id"),
)
REMOVALS = tuple(
    f"""
DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {one} = $1 OR {other} = $1 LIMIT $2))
RETURNING 1
"""  # noqa: S608 - ours
    for table, one, other in PAIRS
)


class PostgresAccountDeletions:
    """From the deletion of an account to the end of its purge."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def delete(self, user_id: int, at_ms: int) -> None:
        """Make an account absent."""
        await self._mark(DELETE, user_id, at_ms)

    async def deleted_since(self, at_ms: int) -> frozenset[int]:
        """Return the accounts that were deleted at or after a time."""
        async with self._pool.connection() as connection:
            return frozenset(row[0] for row in await connection.fetch(DELETED_SINCE, at_ms))

    async def unpurged(self) -> list[DeletedAccount]:
        """Return the deleted accounts of which something may be left, those deleted first before the others."""
        async with self._pool.connection() as connection:
            return [DeletedAccount(*row) for row in await connection.fetch(UNPURGED)]

    async def disentangle(self, user_id: int, at_most: int) -> bool:
        """Remove some of what stands between a deleted account and others; False once nothing was left."""
        async with self._pool.transaction() as connection:
            others = [row[0] for row in await connection.fetch(SOME_FOLLOWS, user_id, at_most)]
            if others:
                await connection.execute(LOCK_ACCOUNTS, [user_id, *others])
                await connection.execute(UNLINK, user_id, others)
                return True
            return await _some_removed(connection, user_id, at_most)

    async def finish(self, user_id: int, at_ms: int) -> None:
        """Forget what the account said of itself, and take it out of the state that readers hold."""
        await self._mark(FINISH, user_id, at_ms)

    async def _mark(self, statement: str, user_id: int, at_ms: int) -> None:
        async with self._pool.transaction() as connection:
            await connection.execute(LOCK)
            await connection.execute(statement, user_id, at_ms)


async def _some_removed(connection: "PoolConnectionProxy", user_id: int, at_most: int) -> bool:
    removed = [await connection.fetch(statement, user_id, at_most) for statement in REMOVALS]
    return any(removed)
