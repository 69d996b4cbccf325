"""Media records in Cassandra.

Every write of a record carries a timestamp made of its creation and its precedence in `domain.media_lifecycle`, not
of a clock: Cassandra keeps the record that is furthest in its life, whoever writes it and whenever, with no LWT.
`media_unfinished` lists by the ten minutes of creation what the sweeper looks at; its rows end by themselves.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.media_lifecycle import REMEMBERED_MS, is_finished, precedence
from photo_core.stores.cassandra.session import CassandraSession

CONCURRENCY = 16
BUCKET_MS = 600_000
LISTED_SECONDS = 2 * REMEMBERED_MS // 1000
INSERT = (
    "INSERT INTO media (media_id, owner_id, content_type, size_bytes, object_key, created_at_ms, state, sha256, filter,"
    " progress, reason, variants) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
)
SELECT = (
    "SELECT media_id, owner_id, content_type, size_bytes, object_key, created_at_ms, state, sha256, filter, progress,"
    " reason, variants FROM media WHERE media_id = ?"
)
LIST = "INSERT INTO media_unfinished (bucket, media_id) VALUES (?, ?) USING TIMESTAMP ? AND TTL ?"
UNLIST = "DELETE FROM media_unfinished USING TIMESTAMP ? WHERE bucket = ? AND media_id = ?"
LISTED = "SELECT media_id FROM media_unfinished WHERE bucket = ?"


def write_timestamp(media: Media) -> int:
    """Return the microseconds at which a record is written: later for a record that is further in its life."""
    return media.created_at_ms * 1000 + precedence(media)


class CassandraMediaRecords:
    """The real `MediaRecords`."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def save(self, media: Media) -> None:
        """Store the record; listed before it is PENDING and taken off the list after it is finished."""
        bucket, written_at = media.created_at_ms // BUCKET_MS, write_timestamp(media)
        if media.state is MediaState.PENDING:
            await self._session.execute(LIST, (bucket, media.media_id, written_at, LISTED_SECONDS))
        await self._session.execute(INSERT, (*_to_row(media), written_at))
        if is_finished(media):
            await self._session.execute(UNLIST, (written_at, bucket, media.media_id))

    async def get_many(self, media_ids: Collection[int]) -> Mapping[int, Media]:
        """Return the records that exist, by id."""
        found = await self._all(SELECT, sorted(set(media_ids)))
        return {row.media_id: _from_row(row) for row in found}

    async def unfinished(self, created_from_ms: int, created_before_ms: int) -> list[Media]:
        """Return the unfinished records of a time, oldest first."""
        buckets = range(created_from_ms // BUCKET_MS, created_before_ms // BUCKET_MS + 1)
        listed = await self._all(LISTED, buckets)
        records = await self.get_many([row.media_id for row in listed])
        within = [m for m in records.values() if created_from_ms <= m.created_at_ms < created_before_ms]
        return sorted((m for m in within if not is_finished(m)), key=lambda m: (m.created_at_ms, m.media_id))

    async def _all(self, cql: str, keys: Collection[int]) -> list[Any]:
        slots = asyncio.Semaphore(CONCURRENCY)

        async def rows(key: int) -> list[Any]:
            async with slots:
                return await self._session.execute(cql, (key,))

        return [row for found in await asyncio.gather(*(rows(key) for key in keys)) for row in found]


def _to_row(media: Media) -> tuple[Any, ...]:
    variants = msgspec.json.encode(media.variants).decode()
    return (
        *(media.media_id, media.owner_id, media.content_type, media.size_bytes, media.object_key, media.created_at_ms),
        *(media.state.value, media.sha256, media.filter, media.progress, media.reason, variants),
    )


def _from_row(row: Any) -> Media:
    return Media(
        media_id=row.media_id,
        owner_id=row.owner_id,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        object_key=row.object_key,
        created_at_ms=row.created_at_ms,
        state=MediaState(row.state),
        sha256=row.sha256,
        filter=row.filter,
        progress=row.progress,
        reason=row.reason,
        variants=msgspec.json.decode(row.variants, type=tuple[Variant, ...]),
    )
