"""Every answer of the API, whatever is asked."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from photo_app.composition.shared import ApiSettings
from photo_app.http.body_limit import MAX_BODY_BYTES
from tests.support.api import SETTINGS, Api, problem, running_api

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=40),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(), max_size=9), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ["username", "password", "full_name", "bio", "media_ids", "caption", "location", "tagged_users", "alt_text"]
BODIES = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6) | JSON
CALLS = st.sampled_from(
    [("POST", "/v1/users"), ("POST", "/v1/sessions"), ("PATCH", "/v1/users/me"), ("POST", "/v1/posts")]
)
SEGMENTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/?#\x00"), min_size=1, max_size=25)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=CALLS, body=BODIES)
async def test_no_body_is_our_mistake(api: Api, call: tuple[str, str], body: object) -> None:
    token, _ = api.services.tokens.issue(17, "ada", "s")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answered = await api.http.request(*call, content=_dumped(body), headers=headers)
    assert answered.status_code < 500
    if answered.status_code >= 400:
        problem(answered)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]), segments=st.lists(SEGMENTS, max_size=3))
async def test_no_path_is_our_mistake(api: Api, method: str, segments: list[str]) -> None:
    token, _ = api.services.tokens.issue(17, "ada", "s")
    path = "/v1/" + "/".join(quote(segment, safe="") for segment in segments)
    answered = await api.http.request(method, path, headers={"Authorization": f"Bearer {token}"})
    assert answered.status_code < 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60))
async def test_no_bytes_are_our_mistake(api: Api, content: bytes) -> None:
    answered = await api.http.post("/v1/users", content=content, headers={"Content-Type": "application/json"})
    assert answered.status_code in (400, 422)
    problem(answered)


async def test_unknown_paths_and_methods_are_problems(api: Api) -> None:
    assert problem(await api.http.get("/v1/nothing")) == "not-found"
    wrong = await api.http.put("/v1/users")
    assert (wrong.status_code, problem(wrong)) == (405, "method-not-allowed")
    assert wrong.headers["allow"] == "POST"


async def test_a_body_that_is_too_large_is_refused_unread(api: Api) -> None:
    answered = await api.http.post("/v1/users", content=b"x" * (MAX_BODY_BYTES + 1))
    assert (answered.status_code, problem(answered)) == (413, "body-too-large")


async def test_a_body_without_a_length_is_refused_once_it_is_too_large(api: Api) -> None:
    async def stream() -> Any:
        for _ in range(10):
            yield b" " * (MAX_BODY_BYTES // 5)

    answered = await api.http.post("/v1/users", content=stream(), headers={"Content-Type": "application/json"})
    assert (answered.status_code, problem(answered)) == (413, "body-too-large")


async def test_a_harmless_request_id_is_kept_and_any_other_replaced(api: Api) -> None:
    kept = await api.http.get("/healthz", headers={"X-Request-Id": "abc-123"})
    assert kept.headers["x-request-id"] == "abc-123"
    replaced = await api.http.get("/healthz", headers={"X-Request-Id": 'x"}\t{'})
    assert replaced.headers["x-request-id"] != 'x"}\t{'


async def test_a_mistake_of_ours_is_a_problem_too(api: Api) -> None:
    ada = await api.person("ada")
    del api.fakes.ports.posts._posts  # type: ignore[attr-defined]
    with capture_logs() as logs:
        answered = await api.http.get("/v1/posts/17", headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (500, "internal")
    assert "unexpected_failure" in [line["event"] for line in logs]


async def test_an_account_that_asks_too_often_is_told_when_to_come_back() -> None:
    async with running_api(ApiSettings(SETTINGS.keys, requests_per_second=2)) as api:
        ada, bob = await api.person("ada"), await api.person("bob")
        answers = [await api.http.get("/v1/users/me", headers=ada.headers) for _ in range(8)]
        limited = [answered for answered in answers if answered.status_code == 429]
        assert limited
        assert problem(limited[0]) == "rate-limited"
        assert limited[0].headers["retry-after"] == "1"
        assert limited[0].headers["x-ratelimit-remaining"] == "0"
        assert answers[0].headers["x-ratelimit-limit"] == "2"
        assert (await api.http.get("/v1/users/me", headers=bob.headers)).status_code == 200


async def test_readiness_fails_first_when_draining_and_requests_are_still_answered(api: Api) -> None:
    ada = await api.person("ada")
    assert (await api.http.get("/readyz")).status_code == 200
    api.services.lifecycle.begin_drain()
    assert (await api.http.get("/readyz")).status_code == 503
    assert (await api.http.get("/healthz")).status_code == 200
    answered = await api.http.get("/v1/users/me", headers=ada.headers)
    assert answered.status_code == 200
    assert answered.headers["connection"] == "close"


async def test_probes_ask_no_engine(api: Api) -> None:
    api.fakes.accounts.available = api.fakes.outbox.available = api.fakes.log.available = False
    assert (await api.http.get("/readyz")).status_code == 200
    assert (await api.http.get("/healthz")).status_code == 200


def _dumped(body: object) -> bytes:
    return json.dumps(body).encode()
