"""Partitions of any size, a page of rows at a time: none is in memory as a whole, and each page has a time of its own.

Used by the stores of likes and comments to count, and to erase. Not for clients, whose pages have cursors.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from photo_core.stores.cassandra.session import CassandraSession

ROWS_A_PAGE = 5_000
BEFORE_ALL, AFTER_ALL = -(1 << 63), (1 << 63) - 1  # ids that no row has


async def pages(
    session: CassandraSession, cql: str, partition: Sequence[Any], start: int, rows_a_page: int = ROWS_A_PAGE
) -> AsyncIterator[list[Any]]:
    """Yield the rows of a partition, at most so many at once and never none.

    Args:
        session: where.
        cql: selects the clustering column first; its last parameters are the value to go on after, and a limit.
        partition: the parameters before.
        start: what the first page goes on after.
        rows_a_page: the limit.
    """
    after = start
    while rows := await session.execute(cql, (*partition, after, rows_a_page)):
        yield rows
        if len(rows) < rows_a_page:
            return
        after = rows[-1][0]
