"""The consumer of the object store's notifications; the sweeper runs in the same process.

Opened by `photo-workers run media-ingest`. It translates notifications; `decisions` decides, `effects` acts.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from photo_core.domain.media import Media
from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.object_storage import object_storage_settings
from photo_core.errors import PermanentFailure
from photo_core.ports.events import IncomingMessage
from photo_core.stores.cassandra.media import CassandraMediaRecords
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.s3.storage import S3ObjectStorage
from photo_workers.consume_loop import Handler
from photo_workers.media_ingest.decisions import MediaStep, on_arrival
from photo_workers.media_ingest.effects import Ingest, apply_steps
from photo_workers.media_ingest.notifications import uploaded_media
from photo_workers.media_ingest.sweeper import Sweeper
from photo_workers.outcomes import DONE, Dead, Settled
from photo_workers.process import WorkerProcess

Arrivals = list[int] | Dead  # the media of one notification


class MediaIngest:
    """Turns a batch of notifications into announced uploads."""

    def __init__(self, ingest: Ingest, bucket: str) -> None:
        self._ingest = ingest
        self._bucket = bucket

    async def __call__(self, batch: Sequence[IncomingMessage]) -> list[Settled]:
        """Read every notification of a batch, look up their media at once, and act on them."""
        arrivals = [self._arrivals_of(message) for message in batch]
        wanted = {media_id for arrived in arrivals if not isinstance(arrived, Dead) for media_id in arrived}
        records = await self._ingest.records.get_many(wanted)
        await apply_steps(self._ingest, build_steps(records))
        return [outcome_of(arrived, records) for arrived in arrivals]

    def _arrivals_of(self, message: IncomingMessage) -> Arrivals:
        try:
            return uploaded_media(message.value, self._bucket)
        except PermanentFailure as failure:
            return Dead(str(failure))


def build_steps(records: Mapping[int, Media]) -> list[MediaStep]:
    """Return what to do for the media whose originals have arrived."""
    return [on_arrival(media) for media in records.values()]


def outcome_of(arrived: Arrivals, records: Mapping[int, Media]) -> Settled:
    """Return the outcome of a notification: dead if it names a media that was never announced."""
    if isinstance(arrived, Dead):
        return arrived
    unknown = [media_id for media_id in arrived if media_id not in records]
    return Dead(f"no upload was announced for the media {unknown}") if unknown else DONE


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Yield the handler; the sweeper runs as long as it is open."""
    storage = object_storage_settings(process.source)
    session = CassandraSession(cassandra_settings(process.source))
    ingest = Ingest(CassandraMediaRecords(session), S3ObjectStorage(storage), process.publisher)
    try:
        async with asyncio.TaskGroup() as tasks:  # a sweeper that fails ends the process
            sweeping = tasks.create_task(Sweeper(ingest, process.clock, process.policy).run(process.draining))
            yield MediaIngest(ingest, storage.bucket_original)
            sweeping.cancel()
    finally:
        await session.close()
