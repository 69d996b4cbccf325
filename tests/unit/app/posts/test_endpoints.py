import asyncio

import pytest

from photo_core.domain.media import MediaState
from photo_core.messages.events import PostCreated, PostDeleted, decode
from photo_core.messages.topics import Topic
from tests.support.api import Api, problem


async def test_a_post_is_answered_in_its_full_shape(api: Api) -> None:
    ada = await api.person("ada")
    media_id = await api.media_of(ada)
    body = {
        "media_ids": [media_id],
        "caption": "dusk 🌆",
        "location": {"lat": 46.5, "lon": 11, "name": "Bozen"},
        "tagged_users": ["bob"],
        "alt_text": "a lake",
    }
    answered = await api.http.post("/v1/posts", json=body, headers=ada.headers)
    post = answered.json()
    assert answered.status_code == 201
    assert post.pop("media") == [
        {
            "media_id": media_id,
            "kind": "photo",
            "alt_text": "a lake",
            "variants": [
                {
                    "size": "large",
                    "width": 1080,
                    "height": 720,
                    "content_type": "image/webp",
                    "bytes": 90_000,
                    "url": api.fakes.ports.objects.variant_url(f"{media_id}/large.webp"),
                }
            ],
        }
    ]
    assert post == {
        "post_id": post["post_id"],
        "user": {"user_id": ada.user_id, "username": "ada"},
        "caption": "dusk 🌆",
        "location": {"lat": 46.5, "lon": 11.0, "name": "Bozen"},
        "like_count": 0,
        "comment_count": 0,
        "liked_by_me": False,
        "created_at": "2026-01-01T00:00:00.000Z",
    }


async def test_anybody_reads_a_post(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post = await api.post_of(ada)
    assert (await api.http.get(f"/v1/posts/{post['post_id']}", headers=bob.headers)).json() == post


async def test_a_post_is_told_to_kafka_and_its_outbox_record_discarded(api: Api) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    (message,) = api.fakes.log.messages(Topic.POSTS_CREATED)
    assert message.key == ada.user_id
    assert decode(message.value, PostCreated).post_id == int(post["post_id"])
    await asyncio.sleep(0)  # the acknowledgement arrives on the next turn of the event loop
    await api.services.side_tasks.finish()
    assert await api.fakes.outbox.due(api.fakes.clock.now_ms() + 10_000) == []


async def test_without_kafka_a_post_waits_in_the_outbox(api: Api) -> None:
    ada = await api.person("ada")
    api.fakes.log.available = False
    await api.post_of(ada)
    (record,) = await api.fakes.outbox.due(api.fakes.clock.now_ms() + 10_000)
    assert record.topic == Topic.POSTS_CREATED


async def test_a_deleted_post_is_gone_from_every_answer(api: Api) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    path = f"/v1/posts/{post['post_id']}"
    operation = (await api.http.delete(path, headers=ada.headers)).json()["operation_id"]
    assert problem(await api.http.get(path, headers=ada.headers)) == "not-found"
    assert problem(await api.http.delete(path, headers=ada.headers)) == "not-found"
    assert (await api.http.get("/v1/users/me/posts", headers=ada.headers)).json()["posts"] == []
    (message,) = api.fakes.log.messages(Topic.POSTS_DELETED)
    assert decode(message.value, PostDeleted).post_id == int(post["post_id"])
    shown = await api.http.get(f"/v1/operations/{operation}", headers=ada.headers)
    assert shown.json() == {"operation_id": operation, "state": "DONE", "progress": 100}


async def test_only_deletions_of_ones_own_are_operations(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    kept, gone = await api.post_of(ada), await api.post_of(ada)
    deleted = await api.http.delete(f"/v1/posts/{gone['post_id']}", headers=ada.headers)
    path = f"/v1/operations/{deleted.json()['operation_id']}"
    assert (await api.http.get(path, headers=ada.headers)).status_code == 200
    assert problem(await api.http.get(path, headers=bob.headers)) == "not-found"
    for other in (kept["post_id"], "17"):
        assert problem(await api.http.get(f"/v1/operations/{other}", headers=ada.headers)) == "not-found"


async def test_only_its_author_deletes_a_post(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post = await api.post_of(ada)
    answered = await api.http.delete(f"/v1/posts/{post['post_id']}", headers=bob.headers)
    assert (answered.status_code, problem(answered)) == (403, "forbidden")


@pytest.mark.parametrize("state", [state for state in MediaState if state != MediaState.READY])
async def test_media_that_is_not_ready_cannot_be_posted(api: Api, state: MediaState) -> None:
    ada = await api.person("ada")
    media_id = await api.media_of(ada, state)
    answered = await api.http.post("/v1/posts", json={"media_ids": [media_id]}, headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (422, "media-not-usable")
    assert answered.json()["media"] == {media_id: state.value}


async def test_media_of_others_looks_absent(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    media_id = await api.media_of(bob)
    answered = await api.http.post("/v1/posts", json={"media_ids": [media_id]}, headers=ada.headers)
    assert answered.json()["media"] == {media_id: "absent"}


@pytest.mark.parametrize(
    "change",
    [
        {"media_ids": []},
        {"media_ids": ["1"] * 2},
        {"media_ids": [str(number) for number in range(11)]},
        {"media_ids": [17]},
        {"media_ids": ["x"]},
        {"media_ids": ["7", "07"]},
        {"media_ids": [str(1 << 63)]},
        {"media_ids": ["9" * 19]},
        {"caption": "x" * 2201},
        {"location": {"lat": 91, "lon": 0}},
        {"location": {"lat": 0, "lon": 0, "planet": "Mars"}},
        {"liked_by_me": True},
    ],
)
async def test_a_post_of_the_wrong_shape_is_refused(api: Api, change: dict[str, object]) -> None:
    ada = await api.person("ada")
    answered = await api.http.post("/v1/posts", json={"media_ids": ["1"], **change}, headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (422, "validation")


@pytest.mark.parametrize("text", [str(1 << 63), "07", "-7", "x", "٣"])
@pytest.mark.parametrize("path", ["/v1/posts/{}", "/v1/media/{}", "/v1/users/{}/posts", "/v1/operations/{}"])
async def test_what_no_id_can_be_is_not_found(api: Api, path: str, text: str) -> None:
    ada = await api.person("ada")
    answered = await api.http.get(path.format(text), headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (404, "not-found")


async def test_an_authors_posts_are_newest_first_page_by_page(api: Api) -> None:
    ada = await api.person("ada")
    posts = [await api.post_of(ada, str(number)) for number in range(3)]
    first = (await api.http.get("/v1/users/me/posts?limit=2", headers=ada.headers)).json()
    assert first["posts"] == [posts[2], posts[1]]
    path = f"/v1/users/{ada.user_id}/posts?limit=2&cursor={first['next_cursor']}"
    assert (await api.http.get(path, headers=ada.headers)).json() == {
        "posts": [posts[0]],
        "next_cursor": None,
        "has_more": False,
    }


async def test_nobodys_posts_are_not_found(api: Api) -> None:
    ada = await api.person("ada")
    assert problem(await api.http.get("/v1/users/17/posts", headers=ada.headers)) == "not-found"


async def test_posts_need_no_postgresql(api: Api) -> None:
    ada = await api.person("ada")
    api.fakes.accounts.available = False
    api.fakes.revoked.available = False
    post = await api.post_of(ada)
    path = f"/v1/posts/{post['post_id']}"
    assert (await api.http.get(path, headers=ada.headers)).status_code == 200
    assert (await api.http.get("/v1/users/me/posts", headers=ada.headers)).json()["posts"] == [post]
    assert (await api.http.delete(path, headers=ada.headers)).status_code == 200


async def test_without_cassandra_nothing_is_acknowledged(api: Api) -> None:
    ada = await api.person("ada")
    media_id = await api.media_of(ada)
    api.fakes.outbox.available = False
    answered = await api.http.post("/v1/posts", json={"media_ids": [media_id]}, headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (503, "engine-unavailable")
    assert api.fakes.log.messages(Topic.POSTS_CREATED) == []


async def test_without_a_worker_number_nothing_is_minted(api: Api) -> None:
    ada = await api.person("ada")
    media_id = await api.media_of(ada)
    api.fakes.clock.advance(3600)
    answered = await api.http.post("/v1/posts", json={"media_ids": [media_id]}, headers=ada.headers)
    assert answered.status_code == 503
    assert "retry-after" in answered.headers
