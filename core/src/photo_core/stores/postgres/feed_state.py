"""The real `FeedStates`: what every feed read asks, so its query is as small as can be."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from photo_core.domain.accounts import PullRange
from photo_core.ports.feed_state import FeedStateChanges, Versions

if TYPE_CHECKING:
    from photo_core.stores.postgres.pool import PostgresPool

STATE = -1  # no account has this id
VERSIONS = f"""
SELECT user_id, graph_version, (extract(epoch FROM last_seen_at) * 1000)::bigint, liked_version
FROM accounts WHERE user_id = ANY($1::bigint[])
UNION ALL SELECT {STATE}, version, 0, 0 FROM feed_state
"""  # noqa: S608 - the constant is ours
# one statement, so one snapshot
CHANGES = """
SELECT
    (SELECT version FROM feed_state) AS version,
    (
        SELECT COALESCE(json_agg(json_build_array(author_id, from_id, to_id)), '[]') FROM pull_ranges
        WHERE author_id IN (SELECT author_id FROM pull_ranges WHERE changed_version > $1)
    ) AS pull_ranges,
    ARRAY(SELECT post_id FROM hidden_posts) AS hidden,
    ARRAY(SELECT user_id FROM accounts WHERE deleted_at_ms IS NOT NULL AND purged_at_ms IS NULL) AS deleted
"""
# first in every transaction that changes what the state version counts, so that none wait for each other in a circle
LOCK = "SELECT version FROM feed_state FOR UPDATE"
HIDE = """
WITH added AS (INSERT INTO hidden_posts (post_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1)
UPDATE feed_state SET version = version + 1 FROM added
"""
UNHIDE = """
WITH removed AS (DELETE FROM hidden_posts WHERE post_id = ANY($1::bigint[]) RETURNING 1)
UPDATE feed_state SET version = version + 1 WHERE EXISTS (SELECT FROM removed)
"""
OUTDATE_LIKES = "UPDATE accounts SET liked_version = liked_version + 1 WHERE user_id = $1"
HIDDEN = "SELECT post_id FROM hidden_posts"


class PostgresFeedStates:
    """What every feed read compares with."""

    def __init__(self, pool: "PostgresPool") -> None:
        self._pool = pool

    async def versions(self, viewers: Collection[int]) -> Versions:
        """Return the versions of now, in one snapshot and one small query."""
        rows = await self._pool.ask_often(VERSIONS, viewers)
        graph = dict.fromkeys(viewers, 0) | {row[0]: row[1] for row in rows}
        seen = dict.fromkeys(viewers, 0) | {row[0]: row[2] for row in rows}
        liked = dict.fromkeys(viewers, 0) | {row[0]: row[3] for row in rows}
        del seen[STATE], liked[STATE]
        return Versions(graph, graph.pop(STATE), seen, liked)

    async def changes_since(self, version: int) -> FeedStateChanges:
        """Return what has changed since a state version, in one snapshot."""
        async with self._pool.connection() as connection:
            (row,) = await connection.fetch(CHANGES, version)
        ranges = msgspec.json.decode(row["pull_ranges"], type=list[tuple[int, int, int | None]])
        pulled = tuple(PullRange(*values) for values in ranges)
        return FeedStateChanges(row["version"], pulled, frozenset(row["hidden"]), frozenset(row["deleted"]))

    async def outdate_likes(self, viewer_id: int) -> None:
        """Let a viewer's head of likes be whole for no reader that asks for the versions from now on."""
        async with self._pool.connection() as connection:
            await connection.execute(OUTDATE_LIKES, viewer_id)

    async def hide(self, post_id: int) -> None:
        """Take a post out of sight of every reader that asks for the versions from now on."""
        async with self._pool.transaction() as connection:
            await connection.execute(LOCK)
            await connection.execute(HIDE, post_id)

    async def unhide(self, post_ids: Collection[int]) -> None:
        """End that."""
        async with self._pool.transaction() as connection:
            await connection.execute(LOCK)
            await connection.execute(UNHIDE, post_ids)

    async def hidden(self) -> frozenset[int]:
        """Return the posts that are hidden."""
        async with self._pool.connection() as connection:
            return frozenset(row[0] for row in await connection.fetch(HIDDEN))
