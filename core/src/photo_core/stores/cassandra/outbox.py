"""The real `Outbox`: what the relay scans. A record is written by the batch that stores its fact.

At first the last 24 hours are scanned. Then, every 30 s, the current and the previous ten minutes and every bucket
that was not empty, since a batch may be replayed late; in between only what the last minute brought.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from photo_core.domain.ids import smallest_at
from photo_core.ports.posts import OutboxRecord
from photo_core.stores.cassandra.outbox_rows import BUCKET_MS, SHARDS, bucket_at, discarding
from photo_core.stores.cassandra.session import CassandraSession

WAIT_MS = 5_000
DAY_MS = 24 * 3_600_000
FULL_SCAN_EVERY_MS = 30_000
RECENT_MS = 60_000
LIMIT = 1_000
CONCURRENT_READS = 16
SELECT = """
SELECT record_id, topic, key, value FROM outbox
WHERE bucket = ? AND shard = ? AND record_id >= ? AND record_id < ? LIMIT ?
"""


class CassandraOutbox:
    """Events on their way to Kafka; remembers which buckets were not empty."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._not_empty: frozenset[int] = frozenset()
        self._full_scan_at_ms: int | None = None
        self._reads = asyncio.Semaphore(CONCURRENT_READS)

    async def due(self, now_ms: int) -> list[OutboxRecord]:
        """Return records that have waited for at least 5 s, oldest first, at most 1,000."""
        if self._full_scan_at_ms is not None and now_ms < self._full_scan_at_ms:
            since_ms = now_ms - RECENT_MS
            return _oldest(await self._scan(buckets_since(since_ms, now_ms), since_ms, now_ms))
        return await self._due_anywhere(now_ms)

    async def discard(self, record: OutboxRecord) -> None:
        """Forget a record that Kafka has acknowledged."""
        await self._session.execute(*discarding(record))

    async def _due_anywhere(self, now_ms: int) -> list[OutboxRecord]:
        since_ms = now_ms - (DAY_MS if self._full_scan_at_ms is None else BUCKET_MS)
        found = await self._scan(buckets_since(since_ms, now_ms) | self._not_empty, 0, now_ms)
        self._not_empty = frozenset(bucket for bucket, _ in found)
        # a backlog is read on at once
        self._full_scan_at_ms = now_ms if len(found) > LIMIT else now_ms + FULL_SCAN_EVERY_MS
        return _oldest(found)

    async def _scan(self, buckets: Collection[int], from_ms: int, now_ms: int) -> list[tuple[int, OutboxRecord]]:
        bounds = (smallest_at(from_ms), smallest_at(now_ms - WAIT_MS))
        reads = [self._read(bucket, shard, bounds) for bucket in sorted(buckets) for shard in range(SHARDS)]
        return [found for rows in await asyncio.gather(*reads) for found in rows]

    async def _read(self, bucket: int, shard: int, bounds: tuple[int, int]) -> list[tuple[int, OutboxRecord]]:
        async with self._reads:
            rows = await self._session.execute(SELECT, (bucket, shard, *bounds, LIMIT))
        return [(bucket, _record(row)) for row in rows]


def buckets_since(from_ms: int, now_ms: int) -> frozenset[int]:
    """Return the buckets of a time span, both ends included."""
    return frozenset(range(bucket_at(from_ms), bucket_at(now_ms) + 1))


def _oldest(found: list[tuple[int, OutboxRecord]]) -> list[OutboxRecord]:
    return sorted((record for _, record in found), key=lambda record: record.record_id)[:LIMIT]


def _record(row: Any) -> OutboxRecord:
    return OutboxRecord(row.record_id, row.topic, row.key, row.value)
