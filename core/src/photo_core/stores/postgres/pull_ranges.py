"""Changes of pull ranges in PostgreSQL: read under a lock, decided by the domain, written as a difference.

Called by the store of follows. A trigger stamps what is written with the state version (migration 0006).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from photo_core.domain.accounts import PullRange
from photo_core.stores.postgres.feed_state import LOCK

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Ranges = tuple[PullRange, ...]
READ = "SELECT author_id, from_id, to_id FROM pull_ranges WHERE author_id = ANY($1::bigint[])"
REMOVE = """
DELETE FROM pull_ranges USING unnest($1::bigint[], $2::bigint[]) AS gone (author_id, from_id)
WHERE pull_ranges.author_id = gone.author_id AND pull_ranges.from_id = gone.from_id
"""
WRITE = """
INSERT INTO pull_ranges (author_id, from_id, to_id) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
ON CONFLICT (author_id, from_id) DO UPDATE SET to_id = EXCLUDED.to_id
"""


async def change(
    connection: "PoolConnectionProxy", authors: Collection[int], decide: Callable[[int, Ranges], Ranges]
) -> None:
    """Replace the ranges of authors by what is decided for each from those of now, in the caller's transaction."""
    await connection.execute(LOCK)
    known = {PullRange(*row) for row in await connection.fetch(READ, authors)}
    by_author = _grouped(known)
    wanted = {range_ for author in authors for range_ in decide(author, by_author.get(author, ()))}
    await _remove(connection, known - wanted)
    await _write(connection, wanted - known)


async def _remove(connection: "PoolConnectionProxy", gone: Collection[PullRange]) -> None:
    if gone:
        await connection.execute(REMOVE, [each.author_id for each in gone], [each.from_id for each in gone])


async def _write(connection: "PoolConnectionProxy", ranges: Collection[PullRange]) -> None:
    if ranges:
        columns = zip(*((each.author_id, each.from_id, each.to_id) for each in ranges), strict=True)
        await connection.execute(WRITE, *columns)


def _grouped(ranges: Collection[PullRange]) -> Mapping[int, Ranges]:
    grouped: defaultdict[int, Ranges] = defaultdict(tuple)
    for each in ranges:
        grouped[each.author_id] += (each,)
    return grouped
