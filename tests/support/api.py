"""The API over fakes: people, READY media and requests, for tests of endpoints and services."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from photo_app.application import create_app
from photo_app.composition.services import Services, build_services
from photo_app.composition.shared import ApiSettings
from photo_app.ports import Ports
from photo_core.domain.accounts import NewAccount
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.fakes.account_deletions import FakeAccountDeletions
from photo_core.fakes.accounts import FakeAccounts, FakeRevokedSessions, FakeWorkerIdLeases
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeEventTail, FakeLog
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.feeds import FakeFeedCache, FakeLikedCache
from photo_core.fakes.follows import FakeFollowRequests, FakeFollows, FakeRestrictions
from photo_core.fakes.interactions import FakeComments, FakeCounters, FakeLikes, FakeSaves, FakeTouches
from photo_core.fakes.media import FakeMediaRecords
from photo_core.fakes.object_storage import FakeObjectStorage
from photo_core.fakes.post_cache import FakePostCache
from photo_core.fakes.posts import FakeOutbox, FakePosts, FakeReservations
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.ids import IdMinter, WorkerLease
from photo_core.messages.topics import Topic
from photo_core.settings import SigningKeys
from tests.support.openapi import undocumented

SETTINGS = ApiSettings(SigningKeys("t" * 40, "c" * 40), requests_per_second=1000)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class FakePorts:
    """The fakes, by their own types, so that tests can take engines away and look inside."""

    clock: FakeClock
    minter: IdMinter
    accounts: FakeAccounts
    revoked: FakeRevokedSessions
    outbox: FakeOutbox
    media: FakeMediaRecords
    likes: FakeLikes
    post_cache: FakePostCache
    log: FakeLog
    ports: Ports


def fake_ports() -> FakePorts:
    clock, accounts, outbox = FakeClock(), FakeAccounts(), FakeOutbox()
    posts = FakePosts(outbox)
    minter, revoked, media, log = IdMinter(clock), FakeRevokedSessions(), FakeMediaRecords(), FakeLog(clock)
    follows, likes = FakeFollows(accounts), FakeLikes(outbox)
    feeds, post_cache = FakeFeedCache(), FakePostCache()
    minter.renew(WorkerLease(5, clock.monotonic() + 3600))
    ports = Ports(
        clock=clock,
        minter=minter,
        worker_ids=FakeWorkerIdLeases(clock),
        accounts=accounts,
        revoked_sessions=revoked,
        account_deletions=FakeAccountDeletions(follows.state),
        follows=follows,
        follow_requests=FakeFollowRequests(follows.state),
        restrictions=FakeRestrictions(follows.state),
        feed_states=FakeFeedStates(follows.state),
        posts=posts,
        outbox=outbox,
        reservations=FakeReservations(),
        operations=posts.operations,
        media=media,
        media_uses=posts.media_uses,
        objects=FakeObjectStorage(),
        likes=likes,
        comments=FakeComments(outbox),
        saves=FakeSaves(outbox),
        counters=FakeCounters(outbox),
        touches=FakeTouches(outbox),
        publisher=FakeEventPublisher(log),
        new_posts=FakeEventTail(log, Topic.POSTS_CREATED),
        feeds=feeds,
        liked_cache=FakeLikedCache(feeds),
        post_cache=post_cache,
        policies=FakeRuntimePolicies(),
    )
    return FakePorts(clock, minter, accounts, revoked, outbox, media, likes, post_cache, log, ports)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in."""

    user_id: str
    username: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Api:
    """A running API."""

    http: httpx.AsyncClient
    fakes: FakePorts
    services: Services

    async def person(self, username: str) -> Person:
        """Return somebody who is registered and logged in, without the cost of a password."""
        account = await self.fakes.accounts.create(NewAccount(self.fakes.minter.mint(), username, "no password"))
        token, _ = self.services.tokens.issue(account.user_id, username, f"session-of-{username}")
        return Person(str(account.user_id), username, {"Authorization": f"Bearer {token}"})

    async def register(self, username: str) -> None:
        """Register somebody whose password is PASSWORD."""
        answered = await self.http.post("/v1/users", json={"username": username, "password": PASSWORD})
        assert answered.status_code == 201, answered.text

    async def media_of(self, person: Person, state: MediaState = MediaState.READY) -> str:
        """Store a media of somebody."""
        media_id = self.fakes.minter.mint()
        variant = Variant("large", 1080, 720, "image/webp", 90_000, f"{media_id}/large.webp")
        now_ms = self.fakes.clock.now_ms()
        key = f"o/{media_id}"
        media = Media(media_id, int(person.user_id), "image/jpeg", 9, key, now_ms, state, variants=(variant,))
        await self.fakes.media.save(media)
        return str(media_id)

    async def post_of(self, person: Person, caption: str = "") -> dict[str, Any]:
        """Make a post of somebody."""
        body = {"media_ids": [await self.media_of(person)], "caption": caption}
        answered = await self.http.post("/v1/posts", json=body, headers=person.headers)
        assert answered.status_code == 201, answered.text
        post: dict[str, Any] = answered.json()
        return post


@asynccontextmanager
async def running_api(
    settings: ApiSettings = SETTINGS, ports: Callable[[Ports], Ports] = lambda own: own
) -> AsyncIterator[Api]:
    """Run the API over fakes, or over what a test makes of them: another process's, say."""
    fakes = fake_ports()
    fakes = replace(fakes, ports=ports(fakes.ports))
    services = build_services(fakes.ports, settings)
    await services.revocations.poll_once()
    transport = httpx.ASGITransport(app=create_app(services))
    hooks = {"response": [require_documented]}
    async with httpx.AsyncClient(transport=transport, base_url="http://api", event_hooks=hooks) as http:
        yield Api(http, fakes, services)
        await services.side_tasks.finish()


async def require_documented(response: httpx.Response) -> None:
    """Require that a response is as the OpenAPI document says."""
    await response.aread()
    assert undocumented(response) is None


def problem(answered: httpx.Response) -> str:
    """Return the slug of a problem document, and check that it is one."""
    document = answered.json()
    assert answered.headers["content-type"] == "application/problem+json"
    assert document["status"] == answered.status_code
    assert document["request_id"] == answered.headers["x-request-id"]
    assert {"title", "detail"} <= document.keys()
    slug: str = document["type"].removeprefix("https://photoplatform.io/problems/")
    return slug
