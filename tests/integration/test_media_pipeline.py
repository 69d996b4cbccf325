"""From a presigned upload to public variants, on a real S3 store and a real Cassandra; Kafka is handed over by hand."""

import io
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from PIL import Image

from photo_core.clock import SystemClock
from photo_core.domain.media import Media, MediaState
from photo_core.domain.media_lifecycle import original_key
from photo_core.engines.cassandra import cassandra_settings
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_core.settings import process_source
from photo_core.stores.cassandra.media import CassandraMediaRecords
from photo_core.stores.cassandra.media_leases import CassandraMediaLeases
from photo_core.stores.cassandra.provision import provision as provision_cassandra
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.s3.provision import provision as provision_buckets
from photo_core.stores.s3.storage import S3ObjectStorage
from photo_workers.image_encode.encode_lease import EncodeLease
from photo_workers.image_encode.handler import ImageEncode
from photo_workers.media_ingest.effects import Ingest
from photo_workers.media_ingest.handler import MediaIngest
from photo_workers.outcomes import DONE
from tests.support import pictures
from tests.support.buckets import buckets_of_tests

pytestmark = pytest.mark.real


@dataclass(frozen=True)
class Pipeline:
    """Both workers over real stores, joined by a log in memory."""

    records: CassandraMediaRecords
    objects: S3ObjectStorage
    log: FakeLog
    ingest: MediaIngest
    encode: ImageEncode
    bucket: str

    async def upload(self, body: bytes) -> Media:
        """Announce a photograph, and send it as a client does."""
        media_id = secrets.randbits(62)
        created_at_ms = self.log.clock.now_ms()
        media = Media(media_id, 1, "image/jpeg", len(body), original_key(media_id), created_at_ms)
        await self.records.save(media)
        upload = self.objects.presign_upload(media)
        async with httpx.AsyncClient() as client:
            (await client.put(upload.url, headers=upload.headers, content=body)).raise_for_status()
        return media

    async def process(self, media: Media) -> Media:
        """Hand the store's event to media-ingest, and what it announces to image-encode."""
        record = {
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": self.bucket}, "object": {"key": media.object_key}},
        }
        event = json.dumps({"Records": [record]}).encode()
        assert await self.ingest([IncomingMessage(Topic.S3_EVENTS, 0, 0, "", event, timestamp_ms=0)]) == [DONE]
        assert await self.encode(self.log.messages(Topic.MEDIA_UPLOADED)) == [DONE]
        return (await self.records.get_many([media.media_id]))[media.media_id]


@pytest.fixture
async def pipeline() -> AsyncIterator[Pipeline]:
    source = process_source()
    storage, clock = buckets_of_tests(), SystemClock()
    await provision_cassandra(cassandra_settings(source))
    await provision_buckets(storage)
    session = CassandraSession(cassandra_settings(source))
    records, objects, log = CassandraMediaRecords(session), S3ObjectStorage(storage), FakeLog(clock)
    publisher = FakeEventPublisher(log)
    ingest = MediaIngest(Ingest(records, objects, publisher), storage.bucket_original)
    encode = ImageEncode(
        records, objects, publisher, clock, EncodeLease(CassandraMediaLeases(session), "encoder", clock)
    )
    yield Pipeline(records, objects, log, ingest, encode, storage.bucket_original)
    await session.close()


async def test_an_uploaded_photograph_is_served_in_every_size_without_its_place(pipeline: Pipeline) -> None:
    media = await pipeline.process(await pipeline.upload(pictures.held(6)))

    assert media.state is MediaState.READY
    assert len(media.variants) == 9
    async with httpx.AsyncClient() as anybody:
        for variant in media.variants:
            served = await anybody.get(pipeline.objects.variant_url(variant.object_key))
            assert served.headers["Content-Type"] == variant.content_type
            assert b"SERIAL-4711" not in served.content
            with Image.open(io.BytesIO(served.content)) as image:
                assert image.size == (variant.width, variant.height)
    assert await pipeline.objects.head_original(media.object_key) is None


async def test_a_broken_photograph_fails_with_a_sentence_and_leaves_nothing(pipeline: Pipeline) -> None:
    media = await pipeline.process(await pipeline.upload(pictures.held(1)[:2000]))

    assert media.state is MediaState.FAILED
    assert "Upload it again" in str(media.reason)
    assert await pipeline.objects.head_original(media.object_key) is None
