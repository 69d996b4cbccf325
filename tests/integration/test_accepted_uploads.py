"""An upload that was accepted becomes a photograph at every degraded level: API over real stores, Kafka by hand."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from photo_app.ports import Ports
from photo_core.clock import SystemClock
from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy, UploadMode
from photo_core.ids import IdMinter, WorkerLease
from tests.support import pictures
from tests.support.api import Api, Person, running_api
from tests.support.media_pipeline import MediaPipeline, media_pipeline

pytestmark = pytest.mark.real
BODY = pictures.held(1)
FOR_EVER = float("inf")


@dataclass(frozen=True)
class World:
    """The API, the store that it sends uploads to, and both workers, which obey the same policy."""

    api: Api
    pipeline: MediaPipeline

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
        await self.pipeline.process(f"o/{begun['media_id']}")

    async def state(self, owner: Person, begun: dict[str, str]) -> tuple[int, str | None]:
        answered = await self.api.http.get(f"/v1/media/{begun['media_id']}", headers=owner.headers)
        return answered.status_code, answered.json().get("state")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    clock = SystemClock()
    minter = IdMinter(clock)
    minter.renew(WorkerLease(secrets.randbelow(8192), FOR_EVER))
    async with media_pipeline(clock) as pipeline:
        records, objects, policies = pipeline.records, pipeline.objects, pipeline.policies

        def over_real_stores(ports: Ports) -> Ports:
            return replace(ports, clock=clock, minter=minter, media=records, objects=objects, policies=policies)

        async with running_api(ports=over_real_stores) as api:
            yield World(api, pipeline)


@pytest.mark.parametrize("level", [3, 4])
async def test_an_upload_begun_before_a_level_arrives_and_is_processed_at_it(world: World, level: int) -> None:
    ada = await world.api.person("ada")
    begun = await world.begin(ada)
    world.pipeline.policies.obey(RuntimePolicy(FeedMode.PUSH, level))
    await world.put(begun)
    await world.process(begun)
    world.pipeline.policies.obey(RuntimePolicy())
    assert await world.state(ada, begun) == (200, "READY")


async def test_what_was_uploaded_while_uploads_are_paused_becomes_ready_and_can_be_watched(world: World) -> None:
    ada = await world.api.person("ada")
    begun = await world.begin(ada)
    await world.put(begun)
    world.pipeline.policies.obey(RuntimePolicy(uploads=UploadMode.PAUSED))
    assert (await world.state(ada, begun))[0] == 202
    await world.process(begun)
    assert await world.state(ada, begun) == (200, "READY")
