"""A client of the HTTP API that does what an app on a phone does: register, upload, post, follow and read.

Used by the scenarios only. It does not retry unless a method says so: a failed call is a result of the scenario.
"""

import asyncio
import hashlib
import secrets
import ssl
from dataclasses import dataclass
from typing import Any

import httpx

from hack import paths

Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A registered user with a valid token."""

    user_id: str
    username: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """Return the bearer header."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class FeedPage:
    """One page of a feed."""

    posts: list[Json]
    next_cursor: str | None
    mode: str
    seconds: float


def build_tls_context() -> ssl.SSLContext:
    """Return a context with the system's CAs, and the CA of the development engines if they use TLS."""
    context = ssl.create_default_context()
    if paths.CA_CERTIFICATE.exists():
        context.load_verify_locations(paths.CA_CERTIFICATE)
    return context


class PhotoApi:
    """The calls that scenarios make."""

    def __init__(self, base_url: str) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self.base_url = base_url
        self._http = httpx.AsyncClient(base_url=base_url, timeout=10.0, limits=limits)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def reachable(self, deadline: float) -> None:
        """Wait until the API is ready: kube-proxy needs a moment for a new Service."""
        async with asyncio.timeout(deadline):
            while not await self._is_ready():
                await asyncio.sleep(0.1)

    async def _is_ready(self) -> bool:
        try:
            return (await self._http.get("/readyz")).is_success
        except httpx.TransportError:
            return False

    async def call(self, method: str, path: str, person: Person | None = None, **options: Any) -> httpx.Response:
        """Make one call, with the token of a person if there is one."""
        headers = (person.headers if person else {}) | options.pop("headers", {})
        return await self._http.request(method, path, headers=headers, **options)

    async def expect(self, method: str, path: str, person: Person | None = None, **options: Any) -> Json:
        """Make one call that must succeed, and return its body."""
        answer = await self.call(method, path, person, **options)
        if answer.is_error:
            raise AssertionError(f"{method} {path} -> {answer.status_code} {answer.text}")
        body: Json = answer.json() if answer.content else {}
        return body

    async def register(self, stem: str) -> Person:
        """Register a user whose name starts with `stem`, and log in."""
        username = f"{stem}_{secrets.token_hex(4)}"
        login = {"username": username, "password": secrets.token_urlsafe(12)}
        await self.expect("POST", "/v1/users", json=login)
        session = await self.expect("POST", "/v1/sessions", json=login)
        return Person(session["user_id"], username, session["token"])

    async def follow(self, follower: Person, followee: Person) -> None:
        """Make one person follow another."""
        await self.expect("POST", f"/v1/users/{followee.user_id}/follow", follower)

    async def upload(self, owner: Person, photo: bytes, content_type: str = "image/jpeg") -> str:
        """Upload a photograph by its presigned URL and return the media id, without waiting for the encoder."""
        begun = await self.begin_upload(owner, photo, content_type)
        await self.send(begun, photo)
        media_id: str = begun["media_id"]
        return media_id

    async def begin_upload(self, owner: Person, photo: bytes, content_type: str = "image/jpeg") -> Json:
        """Start an upload, and return the response with the presigned URL."""
        wanted = {
            "content_type": content_type,
            "size_bytes": len(photo),
            "sha256": hashlib.sha256(photo).hexdigest(),
        }
        return await self.expect("POST", "/v1/media/upload/init", owner, json=wanted)

    async def send(self, begun: Json, photo: bytes) -> None:
        """Send a photograph to the presigned URL of a started upload."""
        upload = begun["upload"]
        async with httpx.AsyncClient(timeout=30.0, verify=build_tls_context()) as store:
            stored = await store.request(upload["method"], upload["url"], headers=upload["headers"], content=photo)
        stored.raise_for_status()

    async def media_when_final(self, owner: Person, media_id: str, deadline: float = 120.0) -> Json:
        """Wait until a media is READY, FAILED or EXPIRED, and return it."""
        async with asyncio.timeout(deadline):
            while (answer := await self.call("GET", f"/v1/media/{media_id}", owner)).status_code != 200:
                await asyncio.sleep(0.25)
        body: Json = answer.json()
        return body

    async def ready_media(self, owner: Person, photo: bytes) -> str:
        """Upload a photograph and wait until it can be posted."""
        media_id = await self.upload(owner, photo)
        media = await self.media_when_final(owner, media_id)
        if media["state"] != "READY":
            raise AssertionError(f"media {media_id}: {media}")
        return media_id

    async def post(self, author: Person, media_id: str, caption: str) -> Json:
        """Post a photograph."""
        return await self.expect("POST", "/v1/posts", author, json={"media_ids": [media_id], "caption": caption})

    async def feed_page(self, viewer: Person, cursor: str | None = None, limit: int = 20) -> FeedPage:
        """Read one page of a feed; raises an error unless the status is 200."""
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        answer = await self.call("GET", "/v1/feed", viewer, params=params)
        answer.raise_for_status()
        body = answer.json()
        return FeedPage(body["posts"], body["next_cursor"], answer.headers["Feed-Mode"], answer.elapsed.total_seconds())

    async def whole_feed(self, viewer: Person) -> list[str]:
        """Read all pages of a feed and return the post ids in order."""
        page = await self.feed_page(viewer, limit=100)
        ids = [post["post_id"] for post in page.posts]
        while page.next_cursor:
            page = await self.feed_page(viewer, page.next_cursor, limit=100)
            ids += [post["post_id"] for post in page.posts]
        return ids
