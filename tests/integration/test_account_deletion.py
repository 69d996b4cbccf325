"""DELETE /v1/users/me -> the purge worker -> nothing left, on the real engines, with a worker killed at its work."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest
from msgspec.structs import replace

from photo_app.application import create_app
from photo_app.composition.connections import open_ports
from photo_app.composition.services import Services, build_services
from photo_app.composition.shared import ApiSettings
from photo_app.ports import Ports
from photo_core.domain.ids import MAX_ID, MAX_WORKER
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.media_lifecycle import original_key
from photo_core.domain.operations import OperationState, state_of
from photo_core.ids import WorkerLease
from photo_core.settings import SigningKeys, Source, Variable
from tests.support.event_logs import eventually, kafka_of_its_own
from tests.support.own_platform import provision, source_of_tests
from tests.support.worker_processes import WorkerProcesses, worker_processes

pytestmark = pytest.mark.real
SETTINGS = ApiSettings(SigningKeys("t" * 40, "c" * 40), requests_per_second=1000)
PASSWORD = "correct horse battery"
SETTLE_AFTER = "5s"
PURGED_WITHIN_SECONDS = 60
POSTS = 40


@dataclass(frozen=True)
class Person:
    user_id: int
    username: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Pod:
    """An API in this process, over the real engines."""

    ports: Ports
    services: Services
    http: httpx.AsyncClient

    async def call(self, person: Person, method: str, path: str, body: object = None) -> httpx.Response:
        answered = await self.http.request(method, path, headers=person.headers, json=body)
        assert answered.status_code < 300, answered.text
        return answered

    async def status(self, person: Person, path: str) -> int:
        return (await self.http.get(path, headers=person.headers)).status_code

    async def feed(self, viewer: Person) -> list[str]:
        return [post["post_id"] for post in (await self.call(viewer, "GET", "/feed")).json()["posts"]]

    async def person(self) -> Person:
        login = {"username": f"u{secrets.token_hex(12)}", "password": PASSWORD}
        assert (await self.http.post("/users", json=login)).status_code == 201
        session = (await self.http.post("/sessions", json=login)).json()
        return Person(int(session["user_id"]), login["username"], {"Authorization": f"Bearer {session['token']}"})

    async def post_of(self, author: Person) -> str:
        media_id, now_ms = self.ports.minter.mint(), self.ports.clock.now_ms()
        variants = (Variant("small", 1, 1, "image/webp", 12, f"none/{media_id}.webp"),)
        media = Media(media_id, author.user_id, "image/webp", 12, original_key(media_id), now_ms)
        await self.ports.media.save(replace(media, state=MediaState.READY, progress=100, variants=variants))
        post_id: str = (await self.call(author, "POST", "/posts", {"media_ids": [str(media_id)]})).json()["post_id"]
        return post_id


@dataclass(frozen=True)
class Platform:
    """One pod that changes, one that reads, and workers as processes of their own."""

    changing: Pod
    reading: Pod
    workers: WorkerProcesses


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with AsyncExitStack() as stack:
        source = source_of_tests(await stack.enter_async_context(kafka_of_its_own()))
        await provision(source)
        changing, reading = await open_pod(stack, source), await open_pod(stack, source)
        environment = {**source.variables, Variable.ACCOUNTS_SETTLE_AFTER: SETTLE_AFTER}
        workers = await stack.enter_async_context(worker_processes(environment))
        yield Platform(changing, reading, workers)


async def open_pod(stack: AsyncExitStack, source: Source) -> Pod:
    ports = await stack.enter_async_context(open_ports(source))
    ports.minter.renew(WorkerLease(secrets.randbelow(MAX_WORKER), float("inf")))
    services = build_services(ports, SETTINGS)
    await services.revocations.poll_once()
    transport = httpx.ASGITransport(create_app(services))
    http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://api/v1"))
    stack.push_async_callback(services.side_tasks.finish)
    return Pod(ports, services, http)


def purged(pod: Pod, person: Person) -> Callable[[], Awaitable[bool]]:
    async def gone() -> bool:
        return person.user_id not in [each.user_id for each in await pod.ports.account_deletions.unpurged()]

    return gone


async def test_a_deleted_account_is_absent_at_once_and_nothing_of_it_is_left_in_the_end(platform: Platform) -> None:
    changing, reading = platform.changing, platform.reading
    ada, bob = await changing.person(), await changing.person()
    posts = [await changing.post_of(ada) for _ in range(POSTS)]
    others = await changing.post_of(bob)
    for person, path, body in (
        (bob, f"/users/{ada.user_id}/follow", None),
        (ada, f"/users/{bob.user_id}/follow", None),
        (ada, f"/posts/{others}/like", None),
        (ada, f"/posts/{others}/comments", {"text": "what a lake"}),
        (ada, f"/posts/{others}/save", None),
    ):
        await changing.call(person, "POST", path, body)
    assert posts[-1] in await reading.feed(bob)

    answered = await changing.call(ada, "DELETE", "/users/me", {"password": PASSWORD})
    assert answered.json() == {"operation_id": str(ada.user_id)}
    assert await reading.feed(bob) == [others]
    for path in (f"/users/{ada.user_id}", f"/users/{ada.user_id}/posts", f"/posts/{posts[0]}"):
        assert await reading.status(bob, path) == 404
    await reading.services.revocations.poll_once()
    assert await reading.status(ada, "/users/me") == 401

    worker = await platform.workers.start("purge")
    await eventually(lambda: has_begun(changing, ada))
    worker.kill()
    await worker.wait()
    await platform.workers.start("purge")
    await eventually(purged(changing, ada), PURGED_WITHIN_SECONDS)
    await assert_nothing_is_left(changing.ports, ada, others)
    profile = (await reading.call(bob, "GET", "/users/me")).json()
    assert (profile["follower_count"], profile["following_count"]) == (0, 0)
    post = (await reading.call(bob, "GET", f"/posts/{others}")).json()
    assert (post["like_count"], post["comment_count"]) == (0, 0)
    assert await reading.feed(bob) == [others]


async def assert_nothing_is_left(ports: Ports, person: Person, others: str) -> None:
    user_id = person.user_id
    assert await ports.posts.timeline(user_id, MAX_ID, 1) == []
    assert await ports.comments.by_author(user_id, MAX_ID, 1) == []
    assert await ports.saves.page(user_id, MAX_ID, 1) == []
    assert not await ports.likes.liked(int(others), user_id)
    operation = await ports.operations.get(user_id)
    assert operation is not None
    assert state_of(operation) is OperationState.DONE


async def has_begun(pod: Pod, person: Person) -> bool:
    return len(await pod.ports.posts.timeline(person.user_id, MAX_ID, POSTS)) < POSTS
