"""The real `Outbox`: what the relay scans. A record is written by the batch that stores its fact.

A full scan, every 30 s, goes over the current and the previous ten minutes and every bucket that was not empty; in
between only what the last minute brought is read. For ten minutes after the start and after each failure it goes back
24 hours, since a batch that was under way may be replayed into an old bucket. Buckets are read oldest first and only
until enough is found, so that a long outage of Kafka is not held in memory.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from photo_core.domain.ids import smallest_at
from photo_core.errors import EngineUnavailable
from photo_core.ports.posts import OutboxRecord
from photo_core.stores.cassandra.outbox_rows import BUCKET_MS, SHARDS, bucket_at, discarding
from photo_core.stores.cassandra.session import CassandraSession

WAIT_MS = 5_000
DAY_MS = 24 * 3_600_000
FULL_SCAN_EVERY_MS = 30_000
RECENT_MS = 60_000
LIMIT = 1_000
BUCKETS_AT_ONCE = 4
REPLAY_MS = 600_000
SELECT = """
SELECT record_id, topic, key, value FROM outbox
WHERE bucket = ? AND shard = ? AND record_id >= ? AND record_id < ? LIMIT ?
"""
Found = tuple[int, OutboxRecord]  # a record and its bucket


class CassandraOutbox:
    """Events on their way to Kafka; remembers which buckets were not empty or not read."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session
        self._left: frozenset[int] = frozenset()
        self._full_scan_at_ms = 0
        self._wide_until_ms: int | None = None

    async def due(self, now_ms: int) -> list[OutboxRecord]:
        """Return records that have waited for at least 5 s, oldest first, at most 1,000."""
        try:
            if now_ms < self._full_scan_at_ms:
                return await self._due_recently(now_ms)
            return await self._due_anywhere(now_ms)
        except EngineUnavailable:
            self._full_scan_at_ms, self._wide_until_ms = 0, None
            raise

    async def discard(self, record: OutboxRecord) -> None:
        """Forget a record that Kafka has acknowledged."""
        await self._session.execute(*discarding(record))

    async def _due_recently(self, now_ms: int) -> list[OutboxRecord]:
        since_ms = now_ms - RECENT_MS
        found, _ = await self._scan(buckets_since(since_ms, now_ms), since_ms, now_ms)
        return _oldest(found)

    async def _due_anywhere(self, now_ms: int) -> list[OutboxRecord]:
        if self._wide_until_ms is None:
            self._wide_until_ms = now_ms + REPLAY_MS
        since_ms = now_ms - (DAY_MS if now_ms < self._wide_until_ms else BUCKET_MS)
        found, unread = await self._scan(buckets_since(since_ms, now_ms) | self._left, 0, now_ms)
        self._left = frozenset(bucket for bucket, _ in found) | unread
        # a backlog is read on at once
        self._full_scan_at_ms = now_ms if len(found) >= LIMIT else now_ms + FULL_SCAN_EVERY_MS
        return _oldest(found)

    async def _scan(self, buckets: Collection[int], from_ms: int, now_ms: int) -> tuple[list[Found], frozenset[int]]:
        """Return what stands in the oldest buckets, each with its bucket, and the buckets that were not read."""
        bounds = (smallest_at(from_ms), smallest_at(now_ms - WAIT_MS))
        waiting, found = sorted(buckets), list[Found]()
        while waiting and len(found) < LIMIT:
            read, waiting = waiting[:BUCKETS_AT_ONCE], waiting[BUCKETS_AT_ONCE:]
            rows = await asyncio.gather(*(self._read(b, shard, bounds) for b in read for shard in range(SHARDS)))
            found += [row for part in rows for row in part]
        return found, frozenset(waiting)

    async def _read(self, bucket: int, shard: int, bounds: tuple[int, int]) -> list[Found]:
        rows = await self._session.execute(SELECT, (bucket, shard, *bounds, LIMIT))
        return [(bucket, _record(row)) for row in rows]


def buckets_since(from_ms: int, now_ms: int) -> frozenset[int]:
    """Return the buckets of a time span, both ends included."""
    return frozenset(range(bucket_at(from_ms), bucket_at(now_ms) + 1))


def _oldest(found: list[Found]) -> list[OutboxRecord]:
    return sorted((record for _, record in found), key=lambda record: record.record_id)[:LIMIT]


def _record(row: Any) -> OutboxRecord:
    return OutboxRecord(row.record_id, row.topic, row.key, row.value)
