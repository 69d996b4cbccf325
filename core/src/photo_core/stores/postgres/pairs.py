"""Two accounts in one transaction: locked in one order everywhere, linked and unlinked with exact counts and versions.

Called by the stores of follows, requests and restrictions, each inside its own transaction.
"""

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from photo_core.domain.accounts import Follow
from photo_core.stores.postgres import graphs

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

# in the order of their ids, so that two changes never wait for each other in a circle
LOCK = """
SELECT user_id FROM accounts WHERE user_id = ANY($1::bigint[]) AND deleted_at_ms IS NULL
ORDER BY user_id FOR NO KEY UPDATE
"""
PAIR_STATE = """
SELECT
    follower_count,
    private,
    EXISTS (SELECT FROM follows WHERE follower_id = $1 AND followee_id = $2) AS following,
    EXISTS (SELECT FROM follow_requests WHERE requester_id = $1 AND owner_id = $2) AS requested,
    EXISTS (
        SELECT FROM blocks WHERE (blocker_id = $1 AND blocked_id = $2) OR (blocker_id = $2 AND blocked_id = $1)
    ) AS blocked
FROM accounts WHERE user_id = $2
"""
LINK = """
WITH
    ended AS (DELETE FROM follow_requests WHERE requester_id = $1 AND owner_id = $2),
    added AS (INSERT INTO follows (follower_id, followee_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1)
UPDATE accounts SET
    follower_count = follower_count + (user_id = $2)::int,
    following_count = following_count + (user_id = $1)::int,
    graph_version = graph_version + (user_id = $1)::int
FROM added WHERE user_id IN ($1, $2) RETURNING user_id
"""
UNLINK = """
WITH
    withdrawn AS (DELETE FROM follow_requests WHERE requester_id = $1 AND owner_id = $2),
    removed AS (DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2 RETURNING 1)
UPDATE accounts SET
    follower_count = follower_count - (user_id = $2)::int,
    following_count = following_count - (user_id = $1)::int,
    graph_version = graph_version + (user_id = $1)::int
FROM removed WHERE user_id IN ($1, $2) RETURNING user_id
"""


class PairState(Struct, frozen=True):
    """How one account stands to another, as locked."""

    follower_count: int
    private: bool
    following: bool
    requested: bool
    blocked: bool


async def lock(connection: "PoolConnectionProxy", *user_ids: int) -> bool:
    """Lock accounts until the transaction ends; False if one does not exist, or no longer."""
    rows = await connection.fetch(LOCK, user_ids)
    return len(rows) == len(set(user_ids))


async def pair_state(connection: "PoolConnectionProxy", follower_id: int, followee_id: int) -> PairState:
    """Return how one locked account stands to another; asked after the lock, so that nothing older is seen."""
    return PairState(*(await connection.fetch(PAIR_STATE, follower_id, followee_id))[0])


async def link(connection: "PoolConnectionProxy", follower_id: int, followee_id: int) -> Follow:
    """Add a follow between locked accounts, and end the request for it."""
    return await _changed(connection, LINK, follower_id, followee_id)


async def unlink(connection: "PoolConnectionProxy", follower_id: int, followee_id: int) -> Follow:
    """Remove a follow and a request between locked accounts."""
    return await _changed(connection, UNLINK, follower_id, followee_id)


async def unchanged(connection: "PoolConnectionProxy", follower_id: int, followee_id: int) -> Follow:
    """Return what a follower is told of locked accounts."""
    now = await pair_state(connection, follower_id, followee_id)
    return Follow(now.following, now.follower_count, now.requested)


async def _changed(connection: "PoolConnectionProxy", statement: str, follower_id: int, followee_id: int) -> Follow:
    rows = await connection.fetch(statement, follower_id, followee_id)
    changes = await graphs.read_all(connection, [follower_id] if rows else [])
    return structs.replace(await unchanged(connection, follower_id, followee_id), changes=changes)
