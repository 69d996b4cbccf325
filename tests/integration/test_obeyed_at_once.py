"""What one pod has answered, the next read of another pod obeys: follows, mutes, blocks and privacy.

Runs two APIs over the real engines, with Redis and without.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from msgspec import structs

from photo_app.application import create_app
from photo_app.composition.connections import open_ports
from photo_app.composition.services import build_services
from photo_app.composition.shared import ApiSettings
from photo_app.ports import Ports
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.engines.redis import RedisVariable
from photo_core.ids import WorkerLease
from photo_core.settings import SigningKeys, Source, feed_settings, process_source

pytestmark = pytest.mark.real
KEYS = SigningKeys("t" * 40, "c" * 40)
NOBODY_LISTENS = "127.0.0.1:1"
VARIANT = Variant("thumbnail", 150, 150, "image/webp", 9, "none/thumbnail.webp")


@dataclass(frozen=True)
class Person:
    user_id: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Pods:
    """Two pods: one that changes, and one that reads."""

    changing: httpx.AsyncClient
    reading: httpx.AsyncClient
    ports: Ports

    async def change(self, person: Person, method: str, path: str, body: object = None) -> httpx.Response:
        answered = await self.changing.request(method, f"/v1{path}", headers=person.headers, json=body)
        assert answered.status_code < 300, answered.text
        return answered

    async def person(self) -> Person:
        login = {"username": f"u{secrets.token_hex(12)}", "password": "12345678"}
        assert (await self.changing.post("/v1/users", json=login)).status_code == 201
        session = (await self.changing.post("/v1/sessions", json=login)).json()
        return Person(session["user_id"], {"Authorization": f"Bearer {session['token']}"})

    async def post_of(self, author: Person) -> str:
        media_id, now_ms = self.ports.minter.mint(), self.ports.clock.now_ms()
        state, variants = MediaState.READY, (VARIANT,)
        media = Media(media_id, int(author.user_id), "image/jpeg", 9, "none", now_ms, state, variants=variants)
        await self.ports.media.save(media)
        posted = await self.change(author, "POST", "/posts", {"media_ids": [str(media_id)]})
        post_id: str = posted.json()["post_id"]
        return post_id

    async def seen(self, person: Person, author: Person, post_id: str) -> set[str]:
        """Return where somebody sees a post in the other pod; its surfaces outside of the feed agree."""
        feed = await self.reading.get("/v1/feed", headers=person.headers)
        assert feed.status_code == 200
        post = await self.reading.get(f"/v1/posts/{post_id}", headers=person.headers)
        comments = await self.reading.get(f"/v1/posts/{post_id}/comments", headers=person.headers)
        posts = await self.reading.get(f"/v1/users/{author.user_id}/posts", headers=person.headers)
        assert {post.status_code, comments.status_code, posts.status_code} in ({200}, {404})
        in_feed = post_id in [each["post_id"] for each in feed.json()["posts"]]
        return ({"feed"} if in_feed else set()) | ({"surfaces"} if post.status_code == 200 else set())


@asynccontextmanager
async def pod(number: int, source: Source) -> AsyncIterator[tuple[httpx.AsyncClient, Ports]]:
    """Run an API over the real engines."""
    async with open_ports(source) as ports:
        ports.minter.renew(WorkerLease(8_000 + number, ports.clock.monotonic() + 600))
        services = build_services(ports, ApiSettings(keys=KEYS, feed=feed_settings(source)))
        await services.revocations.poll_once()
        transport = httpx.ASGITransport(app=create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://pod") as client:
            yield client, ports
            await services.side_tasks.finish()


@pytest.fixture(params=["with Redis", "without Redis"])
async def pods(request: pytest.FixtureRequest) -> AsyncIterator[Pods]:
    source = process_source()
    if request.param == "without Redis":
        source = structs.replace(source, variables={**source.variables, RedisVariable.NODES: NOBODY_LISTENS})
    async with pod(1, source) as (changing, ports), pod(2, source) as (reading, _):
        yield Pods(changing, reading, ports)


async def test_what_stands_between_two_people_is_obeyed_by_the_next_read_of_another_pod(pods: Pods) -> None:
    author, viewer = await pods.person(), await pods.person()
    post_id = await pods.post_of(author)
    everywhere, on_surfaces, nowhere = {"feed", "surfaces"}, {"surfaces"}, set[str]()
    user, me = f"/users/{author.user_id}", f"/users/{viewer.user_id}"
    for person, method, path, body, expected in (
        (viewer, "POST", f"{user}/follow", None, everywhere),
        (viewer, "POST", f"{user}/mute", None, on_surfaces),
        (viewer, "DELETE", f"{user}/mute", None, everywhere),
        (author, "PATCH", "/users/me", {"private": True}, everywhere),
        (viewer, "DELETE", f"{user}/follow", None, nowhere),
        (viewer, "POST", f"{user}/follow", None, nowhere),
        (author, "POST", f"/follow-requests/{viewer.user_id}", None, everywhere),
        (author, "POST", f"{me}/block", None, nowhere),
        (author, "PATCH", "/users/me", {"private": False}, nowhere),
        (author, "DELETE", f"{me}/block", None, on_surfaces),
        (viewer, "POST", f"{user}/follow", None, everywhere),
        (viewer, "POST", f"{user}/block", None, nowhere),
    ):
        await pods.change(person, method, path, body)
        assert await pods.seen(viewer, author, post_id) == expected, (method, path, body)
        assert await pods.seen(author, author, post_id) == everywhere
