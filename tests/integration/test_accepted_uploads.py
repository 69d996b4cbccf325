"""An upload that was accepted becomes a photograph at every degraded level: API over real stores, Kafka by hand."""

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from photo_app.ports import Ports
from photo_core.clock import SystemClock
from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy, UploadMode
from photo_core.engines.cassandra import cassandra_settings
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.ids import IdMinter, WorkerLease
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
from tests.support.api import Api, Person, running_api
from tests.support.buckets import buckets_of_tests

pytestmark = pytest.mark.real
BODY = pictures.held(1)
FOR_EVER = float("inf")


@dataclass(frozen=True)
class World:
    """The API, the store that it sends uploads to, and both workers, which obey the same policy."""

    api: Api
    policies: FakeRuntimePolicies
    log: FakeLog
    ingest: MediaIngest
    encode: ImageEncode
    bucket: str

    async def begin(self, owner: Person) -> dict[str, str]:
        wanted = {"content_type": "image/jpeg", "size_bytes": len(BODY)}
        answered = await self.api.http.post("/v1/media/upload/init", json=wanted, headers=owner.headers)
        assert answered.status_code == 201, answered.text
        upload = answered.json()["upload"]
        return {"media_id": answered.json()["media_id"], "url": upload["url"], **upload["headers"]}

    async def put(self, begun: dict[str, str]) -> None:
        headers = {name: value for name, value in begun.items() if name not in {"media_id", "url"}}
        async with httpx.AsyncClient() as client:
            (await client.put(begun["url"], headers=headers, content=BODY)).raise_for_status()

    async def process(self, begun: dict[str, str]) -> None:
        """Hand the store's event to media-ingest, and what it announces to image-encode."""
        key = {"bucket": {"name": self.bucket}, "object": {"key": f"o/{begun['media_id']}"}}
        event = json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": key}]}).encode()
        assert await self.ingest([IncomingMessage(Topic.S3_EVENTS, 0, 0, "", event, timestamp_ms=0)]) == [DONE]
        assert await self.encode(self.log.messages(Topic.MEDIA_UPLOADED)) == [DONE]

    async def state(self, owner: Person, begun: dict[str, str]) -> tuple[int, str | None]:
        answered = await self.api.http.get(f"/v1/media/{begun['media_id']}", headers=owner.headers)
        return answered.status_code, answered.json().get("state")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    source = process_source()
    storage, clock = buckets_of_tests(), SystemClock()
    await provision_cassandra(cassandra_settings(source))
    await provision_buckets(storage)
    session = CassandraSession(cassandra_settings(source))
    records, objects, log = CassandraMediaRecords(session), S3ObjectStorage(storage), FakeLog(clock)
    publisher, policies, minter = FakeEventPublisher(log), FakeRuntimePolicies(), IdMinter(clock)
    minter.renew(WorkerLease(secrets.randbelow(8192), FOR_EVER))

    def over_real_stores(ports: Ports) -> Ports:
        return replace(ports, clock=clock, minter=minter, media=records, objects=objects, policies=policies)

    ingest = MediaIngest(Ingest(records, objects, publisher), storage.bucket_original)
    lease = EncodeLease(CassandraMediaLeases(session), "encoder", clock)
    encode = ImageEncode(records, objects, publisher, clock, lease, policies.current)
    async with running_api(ports=over_real_stores) as api:
        yield World(api, policies, log, ingest, encode, storage.bucket_original)
    await session.close()


@pytest.mark.parametrize("level", [3, 4])
async def test_an_upload_begun_before_a_level_arrives_and_is_processed_at_it(world: World, level: int) -> None:
    ada = await world.api.person("ada")
    begun = await world.begin(ada)
    world.policies.obey(RuntimePolicy(FeedMode.PUSH, level))
    await world.put(begun)
    await world.process(begun)
    world.policies.obey(RuntimePolicy())
    assert await world.state(ada, begun) == (200, "READY")


async def test_what_was_uploaded_while_uploads_are_paused_becomes_ready_and_can_be_watched(world: World) -> None:
    ada = await world.api.person("ada")
    begun = await world.begin(ada)
    await world.put(begun)
    world.policies.obey(RuntimePolicy(uploads=UploadMode.PAUSED))
    assert (await world.state(ada, begun))[0] == 202
    await world.process(begun)
    assert await world.state(ada, begun) == (200, "READY")
