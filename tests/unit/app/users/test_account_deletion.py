"""DELETE /v1/users/me: absent everywhere from the answer on, on every pod, with and without Redis and PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from photo_app.application import create_app
from photo_app.authentication.tokens import LIFETIME_MS
from photo_app.composition.services import build_services
from photo_core.domain.operations import OperationKind
from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from tests.support.api import PASSWORD, SETTINGS, Api, Person, problem

ME = "/v1/users/me"


async def registered(api: Api, username: str) -> Person:
    await api.register(username)
    session = await api.http.post("/v1/sessions", json={"username": username, "password": PASSWORD})
    return Person(session.json()["user_id"], username, {"Authorization": f"Bearer {session.json()['token']}"})


async def delete_account(http: httpx.AsyncClient, person: Person, **body: Any) -> httpx.Response:
    return await http.request("DELETE", ME, json=body or {"password": PASSWORD}, headers=person.headers)


@dataclass(frozen=True)
class Pod:
    http: httpx.AsyncClient
    services: Any


@asynccontextmanager
async def another_pod(api: Api) -> AsyncIterator[Pod]:
    """Run a second API over the same stores, with a memory of its own."""
    services = build_services(api.fakes.ports, SETTINGS)
    await services.revocations.poll_once()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(services)), base_url="http://api"
    ) as http:
        yield Pod(http, services)
        await services.side_tasks.finish()


async def feed(http: httpx.AsyncClient, viewer: Person) -> list[str]:
    answered = await http.get("/v1/feed", headers=viewer.headers)
    assert answered.status_code == 200, answered.text
    return [post["post_id"] for post in answered.json()["posts"]]


async def followed(api: Api) -> tuple[Person, Person, str]:
    """Return somebody with a post, a follower of theirs, and the post's id."""
    ada, bob = await registered(api, "ada"), await api.person("bob")
    await api.http.post(f"/v1/users/{ada.user_id}/follow", headers=bob.headers)
    return ada, bob, (await api.post_of(ada))["post_id"]


async def warm(pod: Pod, viewer: Person, post_id: str) -> None:
    """Read until everything that can be kept of the viewer's feed is."""
    for _ in range(2):
        assert await feed(pod.http, viewer) == [post_id]
        await pod.services.side_tasks.finish()


async def stale_feed(pod: Pod, viewer: Person) -> list[str]:
    answered = await pod.http.get("/v1/feed", headers=viewer.headers)
    assert answered.headers["Feed-Mode"] == "stale"
    return [post["post_id"] for post in answered.json()["posts"]]


class Unmarked:
    """What Redis keeps of viewers, but for whose accounts are deleted."""

    def __init__(self, feeds: Any) -> None:
        self._feeds = feeds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feeds, name)

    async def marked_deleted(self) -> frozenset[int]:
        raise EngineUnavailable(Engine.REDIS, "told to fail")


async def test_the_answer_names_the_operation_and_the_token_is_refused_here_at_once(api: Api) -> None:
    ada = await registered(api, "ada")
    answered = await delete_account(api.http, ada)
    assert (answered.status_code, answered.json()) == (200, {"operation_id": ada.user_id})
    assert problem(await api.http.get(ME, headers=ada.headers)) == "unauthenticated"
    operation = await api.fakes.ports.operations.get(int(ada.user_id))
    assert operation is not None
    assert (operation.kind, operation.owner_id) == (OperationKind.DELETE_ACCOUNT, int(ada.user_id))


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"password": "not this one"}, "forbidden"),
        ({"password": PASSWORD, "reason": "none"}, "validation"),
        ({"password": ""}, "validation"),
    ],
)
async def test_without_the_password_nothing_is_deleted(api: Api, body: dict[str, str], slug: str) -> None:
    ada = await registered(api, "ada")
    assert problem(await delete_account(api.http, ada, **body)) == slug
    assert (await api.http.get(ME, headers=ada.headers)).status_code == 200


async def test_a_body_is_needed(api: Api) -> None:
    ada = await registered(api, "ada")
    assert problem(await api.http.delete(ME, headers=ada.headers)) == "validation"


async def test_every_token_is_refused_elsewhere_after_the_next_poll_for_as_long_as_it_could_be_used(api: Api) -> None:
    ada = await registered(api, "ada")
    async with another_pod(api) as pod:
        await delete_account(api.http, ada)
        again = await delete_account(pod.http, ada)
        assert (again.status_code, problem(again)) == (401, "unauthenticated")
        for minutes in (0, LIFETIME_MS // 60_000 - 1):
            api.fakes.clock.advance(minutes * 60)
            await pod.services.revocations.poll_once()
            assert problem(await pod.http.get(ME, headers=ada.headers)) == "unauthenticated"


async def test_login_fails_as_for_unknown_users_and_the_name_stays_taken(api: Api) -> None:
    ada = await registered(api, "ada")
    await delete_account(api.http, ada)
    login = {"username": "ada", "password": PASSWORD}
    deleted = await api.http.post("/v1/sessions", json=login)
    unknown = await api.http.post("/v1/sessions", json={**login, "username": "nobody"})
    assert (deleted.status_code, deleted.json()["detail"]) == (401, unknown.json()["detail"])
    assert problem(await api.http.post("/v1/users", json=login)) == "conflict"


async def test_a_deleted_account_is_absent_from_every_surface(api: Api) -> None:
    ada, bob = await registered(api, "ada"), await api.person("bob")
    own, others = (await api.post_of(ada))["post_id"], (await api.post_of(bob))["post_id"]
    for method, path, person in (
        ("POST", f"/v1/users/{ada.user_id}/follow", bob),
        ("POST", f"/v1/users/{bob.user_id}/follow", ada),
    ):
        assert (await api.http.request(method, path, headers=person.headers)).status_code == 200
    commented = {"text": "what a lake"}
    await api.http.post(f"/v1/posts/{others}/comments", json=commented, headers=ada.headers)
    await delete_account(api.http, ada)
    for path in ("", "/posts", "/followers", "/following"):
        answered = await api.http.get(f"/v1/users/{ada.user_id}{path}", headers=bob.headers)
        assert (answered.status_code, problem(answered)) == (404, "not-found")
    for path in (f"/v1/posts/{own}", f"/v1/posts/{own}/comments"):
        assert problem(await api.http.get(path, headers=bob.headers)) == "not-found"
    for path in ("/v1/users/me/followers", "/v1/users/me/following"):
        assert (await api.http.get(path, headers=bob.headers)).json()["users"] == []
    comments = await api.http.get(f"/v1/posts/{others}/comments", headers=bob.headers)
    assert comments.json()["comments"] == []
    for method in ("POST", "DELETE"):
        answered = await api.http.request(method, f"/v1/users/{ada.user_id}/follow", headers=bob.headers)
        assert problem(answered) == "not-found"


async def test_who_asked_to_follow_is_absent_from_the_requests(api: Api) -> None:
    ada, bob = await registered(api, "ada"), await api.person("bob")
    await api.http.patch(ME, json={"private": True}, headers=bob.headers)
    await api.http.post(f"/v1/users/{bob.user_id}/follow", headers=ada.headers)
    await delete_account(api.http, ada)
    assert (await api.http.get("/v1/follow-requests", headers=bob.headers)).json()["users"] == []
    accepted = await api.http.post(f"/v1/follow-requests/{ada.user_id}", headers=bob.headers)
    assert problem(accepted) == "not-found"


@pytest.mark.parametrize("mode", [FeedMode.PUSH, FeedMode.PULL])
async def test_no_pod_shows_the_posts_in_a_feed_whose_graph_it_holds(api: Api, mode: FeedMode) -> None:
    policies = FakeRuntimePolicies()
    policies.become(mode)
    pods = replace(api, fakes=replace(api.fakes, ports=replace(api.fakes.ports, policies=policies)))
    ada, bob, post_id = await followed(api)
    async with another_pod(pods) as pod:
        await warm(pod, bob, post_id)
        await delete_account(api.http, ada)
        assert await feed(pod.http, bob) == []


@pytest.mark.parametrize("pod_has_read", [True, False])
async def test_without_postgresql_no_pod_shows_the_posts_whatever_it_knows(api: Api, *, pod_has_read: bool) -> None:
    ada, bob, post_id = await followed(api)
    async with another_pod(api) as pod, another_pod(api) as first:
        await warm(pod if pod_has_read else first, bob, post_id)
        await delete_account(api.http, ada)
        api.fakes.accounts.available = False
        assert await stale_feed(pod, bob) == []


async def test_without_postgresql_nobody_is_shown_where_redis_does_not_say_who_is_deleted(api: Api) -> None:
    pods = replace(api, fakes=replace(api.fakes, ports=replace(api.fakes.ports, feeds=Unmarked(api.fakes.ports.feeds))))
    _, bob, post_id = await followed(api)
    async with another_pod(pods) as pod:
        await warm(pod, bob, post_id)
        api.fakes.accounts.available = False
        assert await stale_feed(pod, bob) == []


async def test_without_redis_an_account_is_deleted_all_the_same(api: Api) -> None:
    ada, bob, _ = await followed(api)
    assert isinstance(api.fakes.ports.feeds, FakeFeedCache)
    api.fakes.ports.feeds.fail()
    assert (await delete_account(api.http, ada)).status_code == 200
    assert await feed(api.http, bob) == []


async def test_while_cassandra_is_away_an_account_is_deleted_all_the_same(api: Api) -> None:
    ada = await registered(api, "ada")
    api.fakes.outbox.available = False
    assert (await delete_account(api.http, ada)).status_code == 200
    api.fakes.outbox.available = True
    assert [account.user_id for account in await api.fakes.ports.account_deletions.unpurged()] == [int(ada.user_id)]


async def test_what_postgresql_does_not_confirm_is_not_acknowledged(api: Api) -> None:
    ada = await registered(api, "ada")
    api.fakes.accounts.available = False
    answered = await delete_account(api.http, ada)
    assert (answered.status_code, problem(answered)) == (503, "engine-unavailable")
    api.fakes.accounts.available = True
    assert (await delete_account(api.http, ada)).status_code == 200
