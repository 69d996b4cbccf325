"""media-ingest and image-encode over a real S3 store and a real Cassandra. Used by the integration tests of media."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from photo_core.clock import SystemClock
from photo_core.engines.cassandra import cassandra_settings
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
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
from tests.support.buckets import buckets_of_tests


@dataclass(frozen=True)
class MediaPipeline:
    """Both workers, joined by a log in memory; they obey the same policy."""

    records: CassandraMediaRecords
    objects: S3ObjectStorage
    policies: FakeRuntimePolicies
    log: FakeLog
    ingest: MediaIngest
    encode: ImageEncode
    bucket: str

    async def process(self, object_key: str) -> None:
        """Hand the store's event to media-ingest, and what it announces to image-encode."""
        stored = {"bucket": {"name": self.bucket}, "object": {"key": object_key}}
        event = json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": stored}]}).encode()
        assert await self.ingest([IncomingMessage(Topic.S3_EVENTS, 0, 0, "", event, timestamp_ms=0)]) == [DONE]
        assert await self.encode(self.log.messages(Topic.MEDIA_UPLOADED)) == [DONE]


@asynccontextmanager
async def media_pipeline(clock: SystemClock) -> AsyncIterator[MediaPipeline]:
    """Provide both workers over stores that are prepared."""
    source, storage = process_source(), buckets_of_tests()
    await provision_cassandra(cassandra_settings(source))
    await provision_buckets(storage)
    session = CassandraSession(cassandra_settings(source))
    records, objects, log = CassandraMediaRecords(session), S3ObjectStorage(storage), FakeLog(clock)
    publisher, policies = FakeEventPublisher(log), FakeRuntimePolicies()
    ingest = MediaIngest(Ingest(records, objects, publisher), storage.bucket_original)
    lease = EncodeLease(CassandraMediaLeases(session), "encoder", clock)
    encode = ImageEncode(records, objects, publisher, clock, lease, policies.current)
    yield MediaPipeline(records, objects, policies, log, ingest, encode, storage.bucket_original)
    await session.close()
