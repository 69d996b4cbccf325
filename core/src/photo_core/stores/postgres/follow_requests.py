"""The real `FollowRequests`: a row a request, turned into follows with exact counts."""

from typing import TYPE_CHECKING

from photo_core.domain.accounts import Follow
from photo_core.stores.postgres import pairs

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

DECLINE = "DELETE FROM follow_requests WHERE owner_id = $1 AND requester_id = $2"
PAGE = """
SELECT requester_id FROM follow_requests WHERE owner_id = $1 AND requester_id < $2 ORDER BY requester_id DESC LIMIT $3
"""
WAITING = "SELECT requester_id FROM follow_requests WHERE owner_id = $1"
SET_PRIVATE = "UPDATE accounts SET private = $2 WHERE user_id = $1"
ACCEPT_ALL = """
WITH
    ended AS (
        DELETE FROM follow_requests WHERE owner_id = $1 AND requester_id = ANY($2::bigint[]) RETURNING requester_id
    ),
    added AS (
        INSERT INTO follows (follower_id, followee_id) SELECT requester_id, $1 FROM ended
        ON CONFLICT DO NOTHING RETURNING follower_id
    )
UPDATE accounts SET
    follower_count = follower_count + CASE WHEN user_id = $1 THEN (SELECT count(*) FROM added) ELSE 0 END,
    following_count = following_count + (user_id <> $1)::int,
    graph_version = graph_version + (user_id <> $1)::int
WHERE user_id = $1 OR user_id IN (SELECT follower_id FROM added)
"""


class PostgresFollowRequests:
    """Who waits to follow a private account."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def accept(self, owner_id: int, requester_id: int) -> Follow | None:
        """Turn a request into a follow; None if one does not exist."""
        async with self._pool.transaction() as connection:
            if not await pairs.lock(connection, owner_id, requester_id):
                return None
            if (await pairs.pair_state(connection, requester_id, owner_id)).requested:
                return await pairs.link(connection, requester_id, owner_id)
            return await pairs.unchanged(connection, requester_id, owner_id)

    async def decline(self, owner_id: int, requester_id: int) -> Follow | None:
        """Drop a request; None if one does not exist."""
        async with self._pool.transaction() as connection:
            if not await pairs.lock(connection, owner_id, requester_id):
                return None
            await connection.execute(DECLINE, owner_id, requester_id)
            return await pairs.unchanged(connection, requester_id, owner_id)

    async def page(self, owner_id: int, before_id: int, limit: int) -> list[int]:
        """Return the ids of requesters below `before_id`, highest first."""
        async with self._pool.connection() as connection:
            return [row[0] for row in await connection.fetch(PAGE, owner_id, before_id, limit)]

    async def make_private(self, owner_id: int) -> None:
        """Let new followers ask from now on."""
        async with self._pool.connection() as connection:
            await connection.execute(SET_PRIVATE, owner_id, True)

    async def make_public(self, owner_id: int) -> None:
        """Let anybody follow, and accept every request.

        Public first, in a transaction of its own: no request can come any more, so that all who wait can be locked
        together, in order. Should the process end in between, the same call again accepts them.
        """
        async with self._pool.connection() as connection:
            await connection.execute(SET_PRIVATE, owner_id, False)
        async with self._pool.transaction() as connection:
            waiting = [row[0] for row in await connection.fetch(WAITING, owner_id)]
            await pairs.lock(connection, owner_id, *waiting)
            await connection.execute(ACCEPT_ALL, owner_id, waiting)
