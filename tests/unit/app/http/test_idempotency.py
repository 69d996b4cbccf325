from typing import Any

from photo_app.http.idempotency import IN_FLIGHT_MS, Claim
from photo_core.messages.topics import Topic
from tests.support.api import Api, Person, problem


async def post(api: Api, person: Person, body: dict[str, Any], key: str = "key-1") -> Any:
    return await api.http.post("/v1/posts", json=body, headers={**person.headers, "Idempotency-Key": key})


async def test_a_replay_repeats_status_and_body(api: Api) -> None:
    ada = await api.person("ada")
    body = {"media_ids": [await api.media_of(ada)], "caption": "x"}
    first, again = await post(api, ada, body), await post(api, ada, body)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(api.fakes.log.messages(Topic.POSTS_CREATED)) == 1


async def test_a_replay_is_answered_even_after_the_post_was_deleted(api: Api) -> None:
    ada = await api.person("ada")
    body = {"media_ids": [await api.media_of(ada)]}
    first = await post(api, ada, body)
    await api.http.delete(f"/v1/posts/{first.json()['post_id']}", headers=ada.headers)
    assert (await post(api, ada, body)).content == first.content


async def test_another_body_under_the_same_key_is_refused(api: Api) -> None:
    ada = await api.person("ada")
    media_id = await api.media_of(ada)
    await post(api, ada, {"media_ids": [media_id]})
    other = await post(api, ada, {"media_ids": [media_id], "caption": "other"})
    assert (other.status_code, problem(other)) == (422, "idempotency-key-reused")


async def test_keys_of_different_people_are_apart(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    first = await post(api, ada, {"media_ids": [await api.media_of(ada)]})
    second = await post(api, bob, {"media_ids": [await api.media_of(bob)]})
    assert (first.status_code, second.status_code) == (201, 201)


async def test_a_retry_while_the_first_may_be_in_flight_waits_and_then_creates_under_the_same_id(api: Api) -> None:
    ada = await api.person("ada")
    body = {"media_ids": [await api.media_of(ada)]}
    api.fakes.outbox.available = False
    assert (await post(api, ada, body)).status_code == 503
    api.fakes.outbox.available = True
    waiting = await post(api, ada, body)
    assert (waiting.status_code, problem(waiting)) == (409, "request-in-flight")
    api.fakes.clock.advance(int(waiting.headers["retry-after"]))
    created = await post(api, ada, body)
    assert created.status_code == 201
    assert created.json()["created_at"] == "2026-01-01T00:00:00.000Z"
    assert (await post(api, ada, body)).content == created.content


async def test_an_empty_key_is_refused(api: Api) -> None:
    ada = await api.person("ada")
    assert problem(await post(api, ada, {"media_ids": [await api.media_of(ada)]}, key="")) == "validation"


def test_a_first_claim_is_never_in_flight() -> None:
    Claim(1, created_at_ms=1000).require_abandoned(1000)
    Claim(1, created_at_ms=1000, repeated=True).require_abandoned(1000 + IN_FLIGHT_MS)
