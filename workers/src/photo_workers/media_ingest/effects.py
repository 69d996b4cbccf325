"""Applies the steps that `decisions` returns. Used by the handler and the sweeper; decides nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from photo_core.messages.events import MediaUploaded, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import EventPublisher, OutgoingMessage
from photo_core.ports.media import MediaRecords, ObjectStorage
from photo_core.telemetry.metrics import MEDIA_ANNOUNCED, MEDIA_ANNOUNCED_BYTES
from photo_core.telemetry.tracing import outgoing_headers
from photo_workers.media_ingest.decisions import MediaStep

CONCURRENCY = 8


@dataclass(frozen=True)
class Ingest:
    """The stores and the stream that an ingest acts on."""

    records: MediaRecords
    objects: ObjectStorage
    publisher: EventPublisher


async def apply_steps(ingest: Ingest, steps: Sequence[MediaStep]) -> None:
    """Store, then announce, then remove: a crash in between is repaired by the next delivery or sweep.

    Raises:
        EngineUnavailable: some steps may have been taken; taking all of them again is safe.
    """
    slots = asyncio.Semaphore(CONCURRENCY)

    async def store(step: MediaStep) -> None:
        async with slots:
            await ingest.records.save(step.media)

    await asyncio.gather(*(store(step) for step in steps if step.store))
    announced = [step for step in steps if step.announce]
    await ingest.publisher.publish([build_announcement(step) for step in announced])
    MEDIA_ANNOUNCED.inc(len(announced))
    MEDIA_ANNOUNCED_BYTES.inc(sum(step.media.size_bytes for step in announced))
    for step in steps:
        if step.discard:
            await ingest.objects.delete_original(step.media.object_key)


def build_announcement(step: MediaStep) -> OutgoingMessage:
    """Return the message that a media's original is in the store."""
    event = MediaUploaded(step.media.media_id, step.media.object_key)
    return OutgoingMessage(Topic.MEDIA_UPLOADED, str(step.media.media_id), encode(event), outgoing_headers())
