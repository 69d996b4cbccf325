"""DELETE /v1/posts/{id} -> posts.deleted -> the purge worker -> the receipt, on the real engines."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from photo_app.application import create_app
from photo_app.composition.connections import open_ports
from photo_app.composition.services import Services, build_services
from photo_app.composition.shared import ApiSettings
from photo_app.ports import Ports
from photo_core.domain.accounts import NewAccount
from photo_core.domain.ids import MAX_WORKER
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.media_lifecycle import original_key, variant_key
from photo_core.ids import WorkerLease
from photo_core.settings import SigningKeys
from tests.support.event_logs import eventually, kafka_of_its_own
from tests.support.own_platform import provision, source_of_tests
from tests.support.worker_processes import WorkerProcesses, worker_processes

pytestmark = pytest.mark.real
SETTINGS = ApiSettings(SigningKeys("t" * 40, "c" * 40), requests_per_second=1000)
REBALANCED_WITHIN_SECONDS = 120  # a killed worker leaves its group when its session ends


@dataclass(frozen=True)
class Platform:
    """The API in this process, the purge worker as a process of its own, and somebody who posts."""

    ports: Ports
    services: Services
    http: httpx.AsyncClient
    workers: WorkerProcesses
    user_id: int
    headers: dict[str, str]

    async def media(self) -> Media:
        """Store a READY media with two variants that everybody can read."""
        media_id = self.ports.minter.mint()
        keys = [variant_key(media_id, secrets.token_hex(32), "webp") for _ in range(2)]
        for key in keys:
            await self.ports.objects.put_variant(key, "image/webp", b"a photograph")
        variants = tuple(Variant("small", 1, 1, "image/webp", 12, key) for key in keys)
        media = Media(media_id, self.user_id, "image/webp", 12, original_key(media_id), self.ports.clock.now_ms())
        await self.ports.media.save(replace(media, state=MediaState.READY, progress=100, variants=variants))
        return replace(media, variants=variants)

    async def post(self, *media: Media) -> str:
        body = {"media_ids": [str(each.media_id) for each in media]}
        answered = await self.http.post("/posts", json=body, headers=self.headers)
        assert answered.status_code == 201, answered.text
        post_id: str = answered.json()["post_id"]
        return post_id

    async def delete(self, post_id: str) -> str:
        answered = await self.http.delete(f"/posts/{post_id}", headers=self.headers)
        assert answered.status_code == 200, answered.text
        operation_id: str = answered.json()["operation_id"]
        return operation_id

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path, headers=self.headers)

    async def operation(self, operation_id: str) -> dict[str, Any]:
        operation: dict[str, Any] = (await self.get(f"/operations/{operation_id}")).json()
        return operation

    async def all_done(self, operation_ids: Sequence[str]) -> bool:
        operations = [await self.operation(operation_id) for operation_id in operation_ids]
        return all(operation["state"] == "DONE" for operation in operations)


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with AsyncExitStack() as stack:
        source = source_of_tests(await stack.enter_async_context(kafka_of_its_own()))
        await provision(source)
        ports = await stack.enter_async_context(open_ports(source))
        ports.minter.renew(WorkerLease(secrets.randbelow(MAX_WORKER), float("inf")))
        services = build_services(ports, SETTINGS)
        await services.revocations.poll_once()
        transport = httpx.ASGITransport(create_app(services))
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://api/v1"))
        workers = await stack.enter_async_context(worker_processes(source.variables))
        stack.push_async_callback(services.side_tasks.finish)
        user_id = ports.minter.mint()
        name = f"u{user_id}"
        await ports.accounts.create(NewAccount(user_id, name, "no password"))
        token, _ = services.tokens.issue(user_id, name, "session")
        yield Platform(ports, services, http, workers, user_id, {"Authorization": f"Bearer {token}"})


async def statuses_of(media: Media, objects: Any) -> set[int]:
    """Return what anybody is answered who asks for the variants of a media."""
    async with httpx.AsyncClient() as anybody:
        return {(await anybody.head(objects.variant_url(each.object_key))).status_code for each in media.variants}


async def test_the_objects_of_a_media_go_with_its_last_post_and_the_receipts_say_so(platform: Platform) -> None:
    await platform.workers.start("purge")
    media = await platform.media()
    first, second = await platform.post(media), await platform.post(media)
    await platform.http.post(f"/posts/{first}/like", headers=platform.headers)

    operation_id = await platform.delete(first)
    assert (await platform.get(f"/posts/{first}")).status_code == 404
    await eventually(lambda: platform.all_done([operation_id]))
    kept = await platform.operation(operation_id)
    assert (kept["kind"], kept["progress"]) == ("delete-post", 100)
    states = {name: surface["state"] for name, surface in kept["surfaces"].items()}
    assert states == {
        "timeline": "CLEARED",
        "caches": "CLEARED",
        "interactions": "CLEARED",
        "media_objects": "KEPT",
        "edge": "KEPT",
    }
    assert await statuses_of(media, platform.ports.objects) == {200}
    assert (await platform.get(f"/posts/{second}")).status_code == 200
    assert not await platform.ports.likes.liked(int(first), platform.user_id)

    operation_id = await platform.delete(second)
    await eventually(lambda: platform.all_done([operation_id]))
    surfaces = (await platform.operation(operation_id))["surfaces"]
    assert {surface["state"] for surface in surfaces.values()} == {"CLEARED"}
    assert all(surface["cleared_at"] for surface in surfaces.values())
    assert await statuses_of(media, platform.ports.objects) == {404}
    assert (await platform.get(f"/media/{media.media_id}")).status_code == 404
    refused = await platform.http.post("/posts", json={"media_ids": [str(media.media_id)]}, headers=platform.headers)
    assert refused.json()["media"] == {str(media.media_id): "absent"}
    assert await platform.delete(second) == operation_id


async def test_a_worker_that_is_killed_at_its_work_leaves_it_to_the_next(platform: Platform) -> None:
    media = [await platform.media() for _ in range(6)]
    posts = [await platform.post(each) for each in media]
    operation_ids = [await platform.delete(post_id) for post_id in posts]
    for reached in (1, 300):
        worker = await platform.workers.start("purge")

        async def begun(least: int = reached) -> bool:
            operations = [await platform.operation(operation_id) for operation_id in operation_ids]
            return sum(int(operation["progress"]) for operation in operations) >= least

        await eventually(begun, REBALANCED_WITHIN_SECONDS)
        worker.kill()
        await worker.wait()
    await platform.workers.start("purge")
    await eventually(lambda: platform.all_done(operation_ids), REBALANCED_WITHIN_SECONDS)
    assert [await statuses_of(each, platform.ports.objects) for each in media] == [{404}] * len(media)
