"""The consumer of media.uploaded: decodes a photograph once, stores its sizes, and announces the result.

Opened by `photo-workers run image-encode`. It encodes one photograph at a time, so that the memory of the pod limits
its pixels; more throughput needs more replicas. A photograph that kills encoders or keeps failing is given up: its
owner sees FAILED, and the message becomes a dead letter. If libvips takes longer than the runtime policy allows, the
photograph is left to another encoder and this process ends, since its thread cannot be stopped. A slow engine never
counts against a photograph.

After a crash the message is delivered again. If the record was not READY or FAILED yet, the original still exists and
is encoded again; variants are named by their content, so they overwrite themselves. If it was, the handler only
announces the result and removes the original. The original is removed last, so nothing is lost.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pyvips
import structlog

from photo_core.clock import Clock
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.media_lifecycle import (
    Encoded,
    Progressed,
    Rejected,
    Uploaded,
    advance,
    is_finished,
    variant_key,
)
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.object_storage import object_storage_settings
from photo_core.errors import PhotoError
from photo_core.messages.events import MediaProcessed, MediaUploaded, decode, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import EventPublisher, IncomingMessage, OutgoingMessage
from photo_core.ports.media import MediaRecords, ObjectStorage
from photo_core.settings import Source, Variable
from photo_core.stores.cassandra.media import CassandraMediaRecords
from photo_core.stores.cassandra.media_leases import CassandraMediaLeases
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.s3.storage import S3ObjectStorage
from photo_core.telemetry.metrics import (
    IMAGE_PROCESSING_DURATION,
    MEDIA_ENCODED,
    MEDIA_ENCODED_BYTES,
    UPLOAD_DURATION,
    UPLOADS_COMPLETED,
)
from photo_core.telemetry.tracing import outgoing_headers
from photo_workers.consume_loop import Handler
from photo_workers.image_encode import codec
from photo_workers.image_encode.content import sniff
from photo_workers.image_encode.encode_lease import EncodeLease
from photo_workers.image_encode.sizes import EXTENSION, SIZES, Size
from photo_workers.image_encode.threads import Result, RunInThread, run_in_thread
from photo_workers.image_encode.validation import (
    BROKEN,
    GONE,
    POISON,
    UNWRITABLE,
    is_poison,
    refusal_of_content,
    refusal_of_header,
    refusal_of_size,
)
from photo_workers.outcomes import DONE, Dead, Outcome, Retry, attempts_of
from photo_workers.process import WorkerProcess
from photo_workers.settling import settle

PHOTOGRAPHS_AT_ONCE = 1
FETCHED, DECODED = 10, 30  # percent
LOG = structlog.get_logger(__name__)


class UploadRefused(PhotoError):
    """The upload is not a photograph that is processed; the text is for its owner."""


class LibvipsTimedOut(TimeoutError):
    """libvips did not finish within the time that the runtime policy allows."""


@dataclass(frozen=True)
class ImageEncode:
    """Encodes uploaded photographs one after another."""

    records: MediaRecords
    objects: ObjectStorage
    publisher: EventPublisher
    clock: Clock
    lease: EncodeLease
    policy: Callable[[], RuntimePolicy] = RuntimePolicy  # no limit
    end_process: Callable[[], None] = lambda: None
    run_in_thread: RunInThread = run_in_thread

    async def __call__(self, batch: Sequence[IncomingMessage]) -> list[Outcome]:
        """Handle a batch of media.uploaded."""
        return await settle(batch, self.handle_one, PHOTOGRAPHS_AT_ONCE)

    async def handle_one(self, message: IncomingMessage) -> Outcome:
        """Encode one media, announce the result, and remove the original."""
        media_id = decode(message.value, MediaUploaded).media_id
        media = await self._read_record(media_id)
        if media is None:
            return Dead(f"there is no record of the media {media_id}")
        if is_finished(media):
            return await self._announce_end(media, DONE)
        try:
            async with self.lease.held(media_id) as dead_encoders:
                return await self._encode_or_give_up(media, dead_encoders, attempts_of(message))
        except LibvipsTimedOut as timed_out:
            LOG.warning("left to another encoder", media_id=media_id, why=str(timed_out))
            self.end_process()
            return Retry(str(timed_out), after=0)

    async def _encode_or_give_up(self, media: Media, dead_encoders: int, failures: int) -> Outcome:
        if not is_poison(dead_encoders, failures):
            return await self._announce_end(await self._process(media), DONE)
        why = f"{dead_encoders} encoders died over it and {failures} attempts failed"
        LOG.error("gave up", media_id=media.media_id, why=why)
        return await self._announce_end(await self._save_end(advance(_started(media), Rejected(POISON))), Dead(why))

    async def _announce_end(self, media: Media, outcome: Outcome) -> Outcome:
        """Announce the final state of a media, and only then remove the original."""
        await self.publisher.publish([build_processed(media)])
        await self.objects.delete_original(media.object_key)
        return outcome

    async def _read_record(self, media_id: int) -> Media | None:
        return (await self.records.get_many([media_id])).get(media_id)

    async def _process(self, media: Media) -> Media:
        began = self.clock.monotonic()
        media = await self._save_progress(_started(media), 0)
        try:
            ended = await self._encode(media)
        except UploadRefused as refused:
            ended = advance(media, Rejected(str(refused)))
        IMAGE_PROCESSING_DURATION.observe(self.clock.monotonic() - began)
        MEDIA_ENCODED.inc()
        MEDIA_ENCODED_BYTES.inc(media.size_bytes)
        return await self._save_end(ended)

    async def _save_end(self, media: Media) -> Media:
        await self.records.save(media)
        # another worker may have ended it first: what is stored is what happened
        stored = await self._read_record(media.media_id) or media
        self._count_end(stored)
        return stored

    def _count_end(self, media: Media) -> None:
        UPLOADS_COMPLETED.labels(state=media.state).inc()
        if media.state is MediaState.READY:
            UPLOAD_DURATION.observe((self.clock.now_ms() - media.created_at_ms) / 1000)
        LOG.info("media ended", media_id=media.media_id, state=media.state, reason=media.reason)

    async def _encode(self, media: Media) -> Media:
        data = await self._fetch_original(media)
        media = await self._save_progress(media, FETCHED)
        try:
            upright = await self._run_libvips(partial(decode_photograph, data))
        except codec.Undecodable as undecodable:
            LOG.info("undecodable", media_id=media.media_id, detail=str(undecodable))
            raise UploadRefused(BROKEN) from undecodable
        media = await self._save_progress(media, DECODED)
        variants: list[Variant] = []
        for done, size in enumerate(SIZES, start=1):
            variants += await self._store_variants(media.media_id, upright, size)
            media = await self._save_progress(media, DECODED + (100 - DECODED) * done // len(SIZES))
        return advance(media, Encoded(tuple(variants)))

    async def _run_libvips(self, call: Callable[[], Result]) -> Result:
        """Return the result of a call to libvips.

        Raises:
            LibvipsTimedOut: it took longer than the runtime policy allows.
        """
        seconds = self.policy().reclaim_media_after_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self.run_in_thread(call)
        except TimeoutError as error:
            raise LibvipsTimedOut(f"libvips took longer than {seconds} s") from error

    async def _fetch_original(self, media: Media) -> bytes:
        stored = await self.objects.head_original(media.object_key)
        if stored is None:
            raise UploadRefused(GONE)
        _refuse(refusal_of_size(stored.size_bytes, media.size_bytes))
        data = await self.objects.get_original(media.object_key)
        if data is None:
            raise UploadRefused(GONE)
        return data

    async def _save_progress(self, media: Media, percent: int) -> Media:
        media = advance(media, Progressed(percent))
        await self.records.save(media)
        return media

    async def _store_variants(self, media_id: int, upright: pyvips.Image, size: Size) -> list[Variant]:
        try:
            written = await self._run_libvips(partial(codec.render, upright, size))
        except codec.Unwritable as unwritable:
            LOG.info("unwritable", media_id=media_id, size=size.name, detail=str(unwritable))
            raise UploadRefused(UNWRITABLE) from unwritable
        variants = []
        for rendered in written:
            variant = build_variant(media_id, size, rendered)
            await self.objects.put_variant(variant.object_key, variant.content_type, rendered.body)
            variants.append(variant)
        return variants


def decode_photograph(data: bytes) -> pyvips.Image:
    """Return a photograph in memory, once its content and its header have been accepted. Runs in a thread.

    Raises:
        UploadRefused: it is no photograph that is processed.
        Undecodable: it is damaged.
    """
    content = sniff(data)
    _refuse(refusal_of_content(content))
    _refuse(refusal_of_header(codec.read_header(content, data)))
    return codec.decode(content, data)


def _started(media: Media) -> Media:
    return advance(media, Uploaded()) if media.state is MediaState.PENDING else media


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise UploadRefused(reason)


def build_variant(media_id: int, size: Size, rendered: codec.Rendered) -> Variant:
    """Return the record of a rendered size."""
    digest = hashlib.sha256(rendered.body).hexdigest()
    key = variant_key(media_id, digest, EXTENSION[rendered.content_type])
    return Variant(size.name, rendered.width, rendered.height, rendered.content_type, len(rendered.body), key)


def build_processed(media: Media) -> OutgoingMessage:
    """Return the message that announces the final state of a media."""
    event = MediaProcessed(media.media_id, media.state)
    return OutgoingMessage(Topic.MEDIA_PROCESSED, str(media.media_id), encode(event), outgoing_headers())


def build_holder(source: Source) -> str:
    """Return a name that only this process has; the pod's name alone survives a restart of the container."""
    return f"{source.text(Variable.POD_NAME, 'image-encode')}-{secrets.token_hex(4)}"


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Yield the handler, with decoders restricted for the life of the process."""
    codec.restrict_decoders()
    session = CassandraSession(cassandra_settings(process.source))
    lease = EncodeLease(CassandraMediaLeases(session), build_holder(process.source), process.clock)
    lease.publish_metric()
    try:
        yield ImageEncode(
            records=CassandraMediaRecords(session),
            objects=S3ObjectStorage(object_storage_settings(process.source)),
            publisher=process.publisher,
            clock=process.clock,
            lease=lease,
            policy=process.policy,
            end_process=process.draining.set,
        )
    finally:
        await session.close()
