"""Uploads over HTTP, on fakes: what clients are told at each point of a media's life."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from photo_app.authentication.tokens import Viewer
from photo_app.authentication.viewer import authenticated
from photo_app.http import error_mapping
from photo_app.http.idempotency import Idempotency
from photo_app.http.services import ServiceRegistry
from photo_app.media.endpoints import router
from photo_app.media.rendering import MediaRenderer
from photo_app.media.service import MediaService
from photo_core.domain.media import MediaState, Variant
from photo_core.domain.media_lifecycle import Encoded, Progressed, Rejected, Uploaded, advance
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.media import FakeMediaRecords
from photo_core.fakes.object_storage import FakeObjectStorage
from photo_core.fakes.posts import FakeMediaUses, FakeOutbox, FakeReservations
from photo_core.ids import IdMinter, WorkerLease

BODY = b"0123456789"
WANTED = {"content_type": "image/jpeg", "size_bytes": len(BODY)}
MOST_BYTES = 1000
VARIANT = Variant("small", 320, 240, "image/webp", 1234, "m/1/abc.webp")


class World:
    """The media endpoints over fakes; `viewer_id` is who asks."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.records = FakeMediaRecords()
        self.objects = FakeObjectStorage()
        self.viewer_id = 1
        minter = IdMinter(self.clock)
        minter.renew(WorkerLease(1, float("inf")))
        idempotency = Idempotency(FakeReservations(), minter, self.clock)
        self.uses = FakeMediaUses(FakeOutbox())
        media = MediaService(self.records, self.uses, self.objects, idempotency, MOST_BYTES)
        self._services = ServiceRegistry(media, MediaRenderer(self.objects))

    def app(self) -> FastAPI:
        app = FastAPI()
        app.include_router(router, prefix="/v1")
        error_mapping.install(app)
        app.state.services = self._services
        app.dependency_overrides[authenticated] = self._viewer
        return app

    def _viewer(self, request: Request) -> Viewer:
        request.state.request_id = "test"
        return Viewer(self.viewer_id, "ada", "session", 0)

    def become(self, media_id: str, *events: Any) -> None:
        for event in events:
            self.records.by_id[int(media_id)] = advance(self.records.by_id[int(media_id)], event)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(world.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test/v1") as client:
        yield client


async def begun(client: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    answer = await client.post("/media/upload/init", json=WANTED | changes)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_an_announced_photograph_is_pending_and_gets_a_url(world: World, client: httpx.AsyncClient) -> None:
    document = await begun(client)

    assert set(document) == {"media_id", "upload", "expires_at"}
    assert set(document["upload"]) == {"method", "url", "headers", "fields"}
    assert document["expires_at"] == "2026-01-01T01:00:00.000Z"
    upload = document["upload"]
    assert world.objects.receive(upload["url"], upload["headers"], BODY) == 200
    assert world.records.by_id[int(document["media_id"])].state is MediaState.PENDING


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"content_type": "image/gif"}, "content_type"),
        ({"content_type": "image/heic"}, "content_type"),
        ({"content_type": "text/html"}, "content_type"),
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": MOST_BYTES + 1}, "size_bytes"),
        ({"size_bytes": "10"}, "size_bytes"),
        ({"sha256": "abc"}, "sha256"),
        ({"name": "photo.jpg"}, "name"),
    ],
)
async def test_what_would_be_refused_later_is_refused_now(
    client: httpx.AsyncClient, changes: dict[str, object], field: str
) -> None:
    answer = await client.post("/media/upload/init", json=WANTED | changes)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["errors"][0]["field"]


async def test_an_accepted_type_is_named_where_another_was_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.post("/media/upload/init", json=WANTED | {"content_type": "image/gif"})

    assert "image/jpeg, image/png, image/webp" in answer.text


async def test_the_same_idempotency_key_gets_the_same_answer(world: World, client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "first"}
    first = await client.post("/media/upload/init", json=WANTED, headers=key)
    world.clock.advance(60)
    second = await client.post("/media/upload/init", json=WANTED, headers=key)

    assert (second.status_code, second.content) == (201, first.content)
    assert len(world.records.by_id) == 1


async def test_the_same_key_with_another_body_is_refused(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "first"}
    await client.post("/media/upload/init", json=WANTED, headers=key)

    answer = await client.post("/media/upload/init", json=WANTED | {"size_bytes": 11}, headers=key)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("idempotency-key-reused")


@pytest.mark.parametrize(
    ("events", "seen"),
    [
        pytest.param([], (202, "PENDING", 0), id="nothing happened"),
        pytest.param([Uploaded()], (202, "UPLOADED", 0), id="uploaded"),
        pytest.param([Uploaded(), Progressed(40)], (202, "PROCESSING", 40), id="in progress"),
        pytest.param([Uploaded(), Progressed(40), Encoded(())], (200, "READY", 100), id="encoded"),
    ],
)
async def test_the_owner_sees_how_far_a_media_is(
    world: World, client: httpx.AsyncClient, events: list[Any], seen: tuple[int, str, int]
) -> None:
    media_id = (await begun(client))["media_id"]
    world.become(media_id, *events)

    answer = await client.get(f"/media/{media_id}")

    assert (answer.status_code, answer.json()["state"], answer.json()["progress"]) == seen
    assert answer.json()["variants"] == []


async def test_a_ready_media_shows_its_variants_with_public_urls(world: World, client: httpx.AsyncClient) -> None:
    media_id = (await begun(client))["media_id"]
    world.become(media_id, Uploaded(), Progressed(0), Encoded((VARIANT,)))

    assert (await client.get(f"/media/{media_id}")).json()["variants"] == [
        {
            "size": "small",
            "width": 320,
            "height": 240,
            "content_type": "image/webp",
            "bytes": 1234,
            "url": "http://objects.test/optimized/m/1/abc.webp",
        }
    ]


async def test_a_finished_media_is_not_sent_again_to_who_has_it(world: World, client: httpx.AsyncClient) -> None:
    media_id = (await begun(client))["media_id"]
    assert "etag" not in (await client.get(f"/media/{media_id}")).headers
    world.become(media_id, Uploaded(), Progressed(0), Encoded((VARIANT,)))
    etag = (await client.get(f"/media/{media_id}")).headers["etag"]

    again = await client.get(f"/media/{media_id}", headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_media_that_went_with_its_last_post_is_not_found(world: World, client: httpx.AsyncClient) -> None:
    media_id = (await begun(client))["media_id"]
    world.become(media_id, Uploaded(), Progressed(0), Encoded((VARIANT,)))
    await world.uses.close(int(media_id), 5)

    assert (await client.get(f"/media/{media_id}")).status_code == 404


async def test_a_failed_media_tells_its_owner_what_to_do(world: World, client: httpx.AsyncClient) -> None:
    media_id = (await begun(client))["media_id"]
    world.become(media_id, Uploaded(), Rejected("Upload a JPEG."))

    answer = await client.get(f"/media/{media_id}")

    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["reason"]) == ("FAILED", "Upload a JPEG.")


@pytest.mark.parametrize("media_id", ["1", "x", "-1", "99999999999999999999"])
async def test_what_does_not_exist_is_not_found(client: httpx.AsyncClient, media_id: str) -> None:
    assert (await client.get(f"/media/{media_id}")).status_code == 404


async def test_a_stranger_cannot_tell_it_from_absent(world: World, client: httpx.AsyncClient) -> None:
    media_id = (await begun(client))["media_id"]
    mine = await client.get(f"/media/{media_id}")
    world.viewer_id = 2

    strangers = await client.get(f"/media/{media_id}")
    absent = await client.get("/media/1")

    assert mine.status_code == 202
    assert (strangers.status_code, strangers.content) == (404, absent.content)
