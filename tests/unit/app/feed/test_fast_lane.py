"""The lane past the framework answers as the framework's route does, and takes only what is ordinary."""

from typing import Any

import httpx
import pytest

from photo_app.feed.fast_lane import OrdinaryRequest, ordinary
from photo_core.telemetry.metrics import HTTP_REQUESTS
from tests.support.api import SETTINGS, Api, Person, running_api

VARYING = {"x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}


def scope(query: str = "", **changes: Any) -> dict[str, Any]:
    headers = [(b"host", b"api"), (b"authorization", b"Bearer token")]
    asked = {"type": "http", "method": "GET", "path": "/v1/feed", "headers": headers, "query_string": query.encode()}
    return asked | changes


@pytest.mark.parametrize(
    ("query", "limit", "cursor"),
    [("", 20, None), ("limit=7", 7, None), ("cursor=A_-z", 20, "A_-z"), ("cursor=A&limit=100", 100, "A")],
)
def test_ordinary_requests_are_taken(query: str, limit: int, cursor: str | None) -> None:
    assert ordinary(scope(query)) == OrdinaryRequest("token", limit, cursor)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=007",
        "limit=",
        "limit=5&limit=6",
        "limit=%320",
        "cursor=%41",
        "cursor=",
        "other=1",
        "limit",
        "&",
    ],
)
def test_requests_with_anything_odd_in_the_query_are_passed_on(query: str) -> None:
    assert ordinary(scope(query)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "HEAD"},
        {"path": "/v1/feed/"},
        {"type": "websocket"},
        {"headers": []},
        {"headers": [(b"authorization", b"Basic dTpw")]},
        {"headers": [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]},
    ],
)
def test_requests_that_are_odd_otherwise_are_passed_on(changes: dict[str, Any]) -> None:
    assert ordinary(scope(**changes)) is None


async def both_ways(api: Api, person: Person, params: dict[str, str], **headers: str) -> list[httpx.Response]:
    """Send a request by the lane, and by the route: the scheme's case is odd enough to be passed on."""
    bearer = person.headers["Authorization"]
    schemes = (bearer, bearer.replace("Bearer", "bearer"))
    return [
        await api.http.get("/v1/feed", params=params, headers={"Authorization": scheme, **headers})
        for scheme in schemes
    ]


def comparable(answered: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answered.headers.items() if name not in VARYING}
    problem = answered.status_code >= 400
    body = {**answered.json(), "request_id": ""} if problem else answered.content
    return answered.status_code, headers, str(body).encode()


@pytest.mark.parametrize("params", [{}, {"limit": "2"}, {"cursor": "AAAA"}])
async def test_both_ways_give_the_same_answer(api: Api, params: dict[str, str]) -> None:
    ada = await api.person("ada")
    for number in range(3):
        await api.post_of(ada, str(number))
    for _ in range(2):
        await api.http.get("/v1/feed", headers=ada.headers)
        await api.services.side_tasks.finish()
    lane, route = await both_ways(api, ada, params)
    assert comparable(lane) == comparable(route)


async def test_both_ways_follow_the_cursor_and_answer_304_to_who_has_the_page(api: Api) -> None:
    ada = await api.person("ada")
    for number in range(3):
        await api.post_of(ada, str(number))
    first = (await both_ways(api, ada, {"limit": "2"}))[0]
    assert first.links["next"]["url"].startswith("/v1/feed?cursor=")
    rest = await api.http.get(first.links["next"]["url"], headers=ada.headers)
    assert [post["caption"] for post in rest.json()["posts"]] == ["0"]
    again = await both_ways(api, ada, {"limit": "2"}, **{"If-None-Match": first.headers["ETag"]})
    assert [answered.status_code for answered in again] == [304, 304]


async def test_both_ways_refuse_who_is_not_logged_in_and_who_asks_too_often() -> None:
    async with running_api(SETTINGS.__class__(SETTINGS.keys, requests_per_second=0)) as api:
        ada = await api.person("ada")
        limited = await both_ways(api, ada, {})
        assert [answered.status_code for answered in limited] == [429, 429]
        assert limited[0].headers["Retry-After"] == "1"
        stranger = Person("1", "nobody", {"Authorization": "Bearer nonsense"})
        assert [answered.status_code for answered in await both_ways(api, stranger, {})] == [401, 401]


async def test_both_ways_count_as_one_route(api: Api) -> None:
    ada = await api.person("ada")
    counter = HTTP_REQUESTS.labels(route="/feed", status="200")
    before = counter._value.get()
    await both_ways(api, ada, {})
    assert counter._value.get() == before + 2
