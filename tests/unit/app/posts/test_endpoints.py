import asyncio

import pytest

from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.media import MediaState
from photo_core.messages.events import PostCreated, decode
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


async def test_a_page_links_to_the_next_one_until_the_last(api: Api) -> None:
    ada = await api.person("ada")
    posts = [await api.post_of(ada, str(number)) for number in range(3)]
    first = await api.http.get(f"/v1/users/{ada.user_id}/posts?limit=2", headers=ada.headers)
    link = first.links["next"]["url"]
    assert link == f"/v1/users/{ada.user_id}/posts?cursor={first.json()['next_cursor']}&limit=2"
    last = await api.http.get(link, headers=ada.headers)
    assert [post["post_id"] for post in last.json()["posts"]] == [posts[0]["post_id"]]
    assert "link" not in last.headers


@pytest.mark.parametrize("path", ["/v1/posts/{post_id}", "/v1/users/me/posts"])
async def test_what_a_client_has_is_not_sent_again_until_it_changes(api: Api, path: str) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    path = path.format(**post)
    known = {**ada.headers, "If-None-Match": (await api.http.get(path, headers=ada.headers)).headers["etag"]}
    answered = await api.http.get(path, headers=known)
    assert (answered.status_code, answered.content) == (304, b"")
    await api.http.post(f"/v1/posts/{post['post_id']}/like", headers=ada.headers)
    answered = await api.http.get(path, headers=known)
    assert (answered.status_code, answered.json().get("posts", [answered.json()])[0]["liked_by_me"]) == (200, True)


async def test_a_post_tells_its_likes_and_comments_and_whether_one_likes_it(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post = await api.post_of(ada)
    path = f"/v1/posts/{post['post_id']}"
    await api.http.post(f"{path}/like", headers=bob.headers)
    await api.http.post(f"{path}/comments", json={"text": "oh"}, headers=bob.headers)
    for person, liked in ((ada, False), (bob, True)):
        shown = (await api.http.get(path, headers=person.headers)).json()
        assert (shown["like_count"], shown["comment_count"], shown["liked_by_me"]) == (1, 1, liked)


async def test_a_post_shows_its_authors_picture_of_now(api: Api) -> None:
    ada = await api.person("ada")
    post = await api.post_of(ada)
    assert "avatar_url" not in post["user"]
    media_id = post["media"][0]["media_id"]
    profile = await api.http.patch("/v1/users/me", json={"avatar_media_id": media_id}, headers=ada.headers)
    for path in (f"/v1/posts/{post['post_id']}", "/v1/users/me/posts"):
        shown = (await api.http.get(path, headers=ada.headers)).json()
        assert shown.get("posts", [shown])[0]["user"]["avatar_url"] == profile.json()["avatar_url"]


async def test_a_private_post_looks_absent_to_who_does_not_follow(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post = await api.post_of(ada)
    await api.http.patch("/v1/users/me", json={"private": True}, headers=ada.headers)
    absent = await api.http.get("/v1/posts/17", headers=bob.headers)
    hidden = await api.http.get(f"/v1/posts/{post['post_id']}", headers=bob.headers)
    assert (problem(hidden), hidden.json()["detail"]) == (problem(absent), absent.json()["detail"])
    assert problem(await api.http.get(f"/v1/users/{ada.user_id}/posts", headers=bob.headers)) == "not-found"
    assert (await api.http.get(f"/v1/posts/{post['post_id']}", headers=ada.headers)).status_code == 200


async def test_a_new_post_is_in_its_authors_head_at_once(api: Api) -> None:
    ada = await api.person("ada")
    feeds, viewer = api.fakes.ports.feeds, int(ada.user_id)
    await feeds.finish_rebuild(viewer, await feeds.begin_rebuild(viewer), FeedHead((), 0), 0)
    post = await api.post_of(ada)
    cached = await feeds.read(viewer)
    head = whole_head(cached.head, cached.epoch, 0)
    assert head is not None
    assert head.post_ids == (int(post["post_id"]),)


async def test_a_media_that_went_with_its_last_post_looks_absent(api: Api) -> None:
    ada = await api.person("ada")
    media_id = await api.media_of(ada)
    await api.fakes.ports.media_uses.close(int(media_id), 5)
    answered = await api.http.post("/v1/posts", json={"media_ids": [media_id]}, headers=ada.headers)
    assert (answered.status_code, answered.json()["media"]) == (422, {media_id: "absent"})
    assert api.fakes.log.messages(Topic.POSTS_CREATED) == []


async def test_a_repeated_request_is_answered_though_its_media_are_gone(api: Api) -> None:
    ada = await api.person("ada")
    body, headers = {"media_ids": [await api.media_of(ada)]}, {**ada.headers, "Idempotency-Key": "k"}
    first = await api.http.post("/v1/posts", json=body, headers=headers)
    await api.fakes.ports.media_uses.close(int(body["media_ids"][0]), 5)
    again = await api.http.post("/v1/posts", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(api.fakes.log.messages(Topic.POSTS_CREATED)) == 1


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
