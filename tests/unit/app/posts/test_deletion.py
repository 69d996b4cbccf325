"""DELETE /v1/posts/{id}: obeyed by every later answer, told to the purge worker, and safe to repeat."""

import pytest

from photo_core.messages.events import PostDeleted, decode
from photo_core.messages.topics import Topic
from photo_core.ports.post_cache import BURIED
from tests.support.api import Api, problem


async def test_a_deleted_post_is_gone_from_every_answer(api: Api) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    path = f"/v1/posts/{post['post_id']}"
    answered = await api.http.delete(path, headers=ada.headers)
    assert (answered.status_code, list(answered.json())) == (200, ["operation_id"])
    assert problem(await api.http.get(path, headers=ada.headers)) == "not-found"
    assert (await api.http.get("/v1/users/me/posts", headers=ada.headers)).json()["posts"] == []


async def test_a_deletion_is_told_to_the_purge_worker_once(api: Api) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    for _ in range(2):
        await api.http.delete(f"/v1/posts/{post['post_id']}", headers=ada.headers)
    (message,) = api.fakes.log.messages(Topic.POSTS_DELETED)
    assert message.key == ada.user_id
    assert decode(message.value, PostDeleted).post_id == int(post["post_id"])


async def test_a_deletion_leaves_a_tombstone_before_it_is_answered(api: Api) -> None:
    ada = await api.person("ada")
    post_id = int((await api.post_of(ada))["post_id"])
    await api.http.delete(f"/v1/posts/{post_id}", headers=ada.headers)
    assert (await api.fakes.post_cache.read([post_id])).found == {post_id: BURIED}
    assert await api.fakes.ports.feed_states.hidden() == frozenset()


async def test_without_redis_a_deleted_post_is_hidden_by_postgresql(api: Api) -> None:
    ada = await api.person("ada")
    post_id = int((await api.post_of(ada))["post_id"])
    api.fakes.post_cache.fail()
    assert (await api.http.delete(f"/v1/posts/{post_id}", headers=ada.headers)).status_code == 200
    assert await api.fakes.ports.feed_states.hidden() == {post_id}


async def test_what_nobody_confirms_is_not_acknowledged_and_repeated_to_the_same_operation(api: Api) -> None:
    ada = await api.person("ada")
    path = f"/v1/posts/{(await api.post_of(ada))['post_id']}"
    api.fakes.post_cache.fail()
    api.fakes.accounts.available = False
    refused = await api.http.delete(path, headers=ada.headers)
    assert (refused.status_code, problem(refused)) == (503, "engine-unavailable")
    assert "retry-after" in refused.headers
    api.fakes.post_cache.recover()
    repeated = [await api.http.delete(path, headers=ada.headers) for _ in range(2)]
    assert [(answered.status_code, answered.json()) for answered in repeated] == [
        (200, {"operation_id": path.removeprefix("/v1/posts/")})
    ] * 2


async def test_a_repeated_deletion_is_confirmed_again(api: Api) -> None:
    ada = await api.person("ada")
    post_id = int((await api.post_of(ada))["post_id"])
    await api.http.delete(f"/v1/posts/{post_id}", headers=ada.headers)
    api.fakes.post_cache.lose_tombstones()
    await api.http.delete(f"/v1/posts/{post_id}", headers=ada.headers)
    assert (await api.fakes.post_cache.read([post_id])).found == {post_id: BURIED}


async def test_only_its_author_deletes_a_post(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    path = f"/v1/posts/{(await api.post_of(ada))['post_id']}"
    answered = await api.http.delete(path, headers=bob.headers)
    assert (answered.status_code, problem(answered)) == (403, "forbidden")
    await api.http.delete(path, headers=ada.headers)
    assert problem(await api.http.delete(path, headers=bob.headers)) == "not-found"


async def test_what_a_stranger_may_not_see_looks_absent_when_deleted(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    path = f"/v1/posts/{(await api.post_of(ada))['post_id']}"
    await api.http.patch("/v1/users/me", json={"private": True}, headers=ada.headers)
    assert problem(await api.http.delete(path, headers=bob.headers)) == "not-found"
    assert problem(await api.http.delete("/v1/posts/17", headers=bob.headers)) == "not-found"


@pytest.mark.parametrize("engine", ["redis", "postgres"])
async def test_either_redis_or_postgresql_is_enough_to_delete(api: Api, engine: str) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    if engine == "redis":
        api.fakes.accounts.available = False
    else:
        api.fakes.post_cache.fail()
    answered = await api.http.delete(f"/v1/posts/{post['post_id']}", headers=ada.headers)
    assert answered.status_code == 200
