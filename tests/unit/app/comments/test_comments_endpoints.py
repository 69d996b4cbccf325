import httpx
import pytest

from photo_core.messages.events import Interaction, decode
from photo_core.messages.topics import Topic
from tests.support.api import Api, Person, problem


async def comment(api: Api, person: Person, post_id: str, text: str = "nice", key: str | None = None) -> httpx.Response:
    headers = person.headers | ({"Idempotency-Key": key} if key else {})
    return await api.http.post(f"/v1/posts/{post_id}/comments", json={"text": text}, headers=headers)


async def comments(api: Api, person: Person, post_id: str) -> list[str]:
    found, cursor = [], ""
    while True:
        path = f"/v1/posts/{post_id}/comments?limit=2{cursor}"
        page = (await api.http.get(path, headers=person.headers)).json()
        found += [each["text"] for each in page["comments"]]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def delete(api: Api, person: Person, comment_id: str) -> httpx.Response:
    return await api.http.delete(f"/v1/comments/{comment_id}", headers=person.headers)


def announced(api: Api) -> list[str]:
    return [decode(message.value, Interaction).kind for message in api.fakes.log.messages(Topic.INTERACTIONS)]


async def test_a_comment_is_answered_and_listed(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post_id = (await api.post_of(bob))["post_id"]
    answered = await comment(api, ada, post_id, "what a lake 🌊")
    made = answered.json()
    assert answered.status_code == 201
    assert made["user"] == {"user_id": ada.user_id, "username": "ada"}
    assert (made["text"], made["created_at"][-1]) == ("what a lake 🌊", "Z")
    listed = (await api.http.get(f"/v1/posts/{post_id}/comments", headers=bob.headers)).json()
    assert listed == {"comments": [made], "next_cursor": None, "has_more": False}
    assert announced(api) == ["comment_added"]


async def test_comments_are_read_page_by_page_newest_first(api: Api) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    for number in range(5):
        await comment(api, ada, post_id, str(number))
    assert await comments(api, ada, post_id) == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("body", [{"text": ""}, {"text": " \n\t"}, {"text": "x" * 1001}, {}, {"text": "x", "y": 1}])
async def test_a_comment_says_something_and_not_too_much(api: Api, body: dict[str, object]) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    answered = await api.http.post(f"/v1/posts/{post_id}/comments", json=body, headers=ada.headers)
    assert (answered.status_code, problem(answered)) == (422, "validation")


async def test_a_thousand_characters_are_a_comment(api: Api) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    assert (await comment(api, ada, post_id, "ß" * 1000)).status_code == 201


async def test_what_may_not_be_seen_has_no_comments(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    deleted, hidden, across = [(await api.post_of(person))["post_id"] for person in (ada, bob, eve)]
    await api.http.delete(f"/v1/posts/{deleted}", headers=ada.headers)
    await api.fakes.ports.follow_requests.make_private(int(bob.user_id))
    await api.fakes.ports.restrictions.block(int(eve.user_id), int(ada.user_id))
    for post_id in ("17", deleted, hidden, across):
        assert problem(await comment(api, ada, post_id)) == "not-found"
        listed = await api.http.get(f"/v1/posts/{post_id}/comments", headers=ada.headers)
        assert problem(listed) == "not-found"
    assert announced(api) == []


async def test_comments_of_people_across_a_block_are_not_shown(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    post_id = (await api.post_of(bob))["post_id"]
    await comment(api, ada, post_id, "of ada")
    await comment(api, eve, post_id, "of eve")
    await api.fakes.ports.restrictions.block(int(ada.user_id), int(eve.user_id))
    assert await comments(api, ada, post_id) == ["of ada"]
    assert await comments(api, eve, post_id) == ["of eve"]
    assert await comments(api, bob, post_id) == ["of eve", "of ada"]


async def test_a_comment_is_deleted_by_its_author_or_the_posts(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    post_id = (await api.post_of(bob))["post_id"]
    first, second = [(await comment(api, ada, post_id)).json()["comment_id"] for _ in range(2)]
    refused = await delete(api, eve, first)
    assert (refused.status_code, problem(refused)) == (403, "forbidden")
    for person, comment_id in ((ada, first), (bob, second)):
        answered = await delete(api, person, comment_id)
        assert (answered.status_code, answered.content) == (204, b"")
        assert problem(await delete(api, person, comment_id)) == "not-found"
    assert await comments(api, bob, post_id) == []
    assert announced(api) == ["comment_added"] * 2 + ["comment_deleted"] * 2


async def test_a_stranger_cannot_tell_a_private_comment_from_none(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    made = await comment(api, bob, (await api.post_of(bob))["post_id"])
    await api.fakes.ports.follow_requests.make_private(int(bob.user_id))
    for comment_id in (made.json()["comment_id"], "17", "x"):
        assert problem(await delete(api, ada, comment_id)) == "not-found"


async def test_a_repeated_key_makes_one_comment(api: Api) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    first = await comment(api, ada, post_id, "once", "k1")
    again = await comment(api, ada, post_id, "once", "k1")
    assert (again.status_code, again.json()) == (201, first.json())
    other = await comment(api, ada, post_id, "other", "k1")
    assert problem(other) == "idempotency-key-reused"
    assert await comments(api, ada, post_id) == ["once"]
    assert announced(api) == ["comment_added"]


async def test_a_repeated_key_does_not_bring_a_deleted_comment_back(api: Api) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    first = await comment(api, ada, post_id, "once", "k1")
    await delete(api, ada, first.json()["comment_id"])
    again = await comment(api, ada, post_id, "once", "k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert await comments(api, ada, post_id) == []
    assert announced(api) == ["comment_added", "comment_deleted"]
