"""The follow graph of one viewer, read in one statement.

Called by the stores of follows, requests and restrictions: on a connection of its own, or inside the transaction that
has changed the graph, where it is the graph that this change has made.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from photo_core.domain.accounts import FollowGraph, PullRange

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

# one statement, so one snapshot
GRAPH = """
WITH followees AS MATERIALIZED (
    SELECT followee_id FROM follows WHERE follower_id = $1
    EXCEPT ALL SELECT author_id FROM mutes WHERE viewer_id = $1
)
SELECT
    (SELECT graph_version FROM accounts WHERE user_id = $1) AS version,
    ARRAY(SELECT followee_id FROM followees) AS followees,
    (
        SELECT COALESCE(json_agg(json_build_array(author_id, from_id, to_id)), '[]')
        FROM pull_ranges JOIN followees ON followee_id = author_id
    ) AS pull_ranges
"""


async def read(connection: "PoolConnectionProxy", viewer_id: int) -> FollowGraph:
    """Return a viewer's followees and their pull ranges, in one snapshot."""
    (row,) = await connection.fetch(GRAPH, viewer_id)
    ranges = msgspec.json.decode(row["pull_ranges"], type=list[tuple[int, int, int | None]])
    return FollowGraph(
        viewer_id=viewer_id,
        version=row["version"] or 0,
        followees=frozenset(row["followees"]),
        pull_ranges=tuple(PullRange(*values) for values in ranges),
    )


async def read_all(connection: "PoolConnectionProxy", viewers: Iterable[int]) -> tuple[FollowGraph, ...]:
    """Return the graphs of some viewers whose accounts this transaction has changed, and so holds."""
    return tuple([await read(connection, viewer_id) for viewer_id in viewers])
