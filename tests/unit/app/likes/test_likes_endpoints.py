import asyncio

import httpx

from photo_core.domain.like_shards import HOT_LIKES_A_SECOND
from photo_core.messages.events import Interaction, decode
from photo_core.messages.topics import Topic
from tests.support.api import Api, Person, problem


async def like(api: Api, person: Person, post_id: str) -> httpx.Response:
    return await api.http.post(f"/v1/posts/{post_id}/like", headers=person.headers)


async def unlike(api: Api, person: Person, post_id: str) -> httpx.Response:
    return await api.http.delete(f"/v1/posts/{post_id}/like", headers=person.headers)


async def block(api: Api, one: Person, other: Person) -> None:
    await api.fakes.ports.restrictions.block(int(one.user_id), int(other.user_id))


def announced(api: Api) -> list[tuple[str, str]]:
    events = [decode(message.value, Interaction) for message in api.fakes.log.messages(Topic.INTERACTIONS)]
    return [(event.kind, str(event.user_id)) for event in events]


async def test_liking_and_its_removal_are_idempotent_and_told_once(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post_id = (await api.post_of(bob))["post_id"]
    for _ in range(2):
        answered = await like(api, ada, post_id)
        assert (answered.status_code, answered.json()) == (200, {"liked": True, "like_count": 1})
    assert (await like(api, bob, post_id)).json()["like_count"] == 2
    for _ in range(2):
        answered = await unlike(api, ada, post_id)
        assert (answered.status_code, answered.json()) == (200, {"liked": False, "like_count": 1})
    assert announced(api) == [("liked", ada.user_id), ("liked", bob.user_id), ("unliked", ada.user_id)]


async def test_an_event_is_keyed_by_its_post(api: Api) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    await like(api, ada, post_id)
    (message,) = api.fakes.log.messages(Topic.INTERACTIONS)
    assert message.key == post_id


async def test_many_likes_at_once_are_counted_once_each(api: Api) -> None:
    people = [await api.person(f"user_{number}") for number in range(9)]
    post_id = (await api.post_of(people[0]))["post_id"]
    await asyncio.gather(*(like(api, person, post_id) for person in people * 3))
    assert (await like(api, people[0], post_id)).json()["like_count"] == 9
    assert len(announced(api)) == 9


async def test_what_is_absent_deleted_or_private_cannot_be_liked(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    deleted, hidden = (await api.post_of(bob))["post_id"], (await api.post_of(eve))["post_id"]
    await api.http.delete(f"/v1/posts/{deleted}", headers=bob.headers)
    await api.fakes.ports.follow_requests.make_private(int(eve.user_id))
    for post_id in ("17", "x", deleted, hidden):
        for call in (like, unlike):
            answered = await call(api, ada, post_id)
            assert (answered.status_code, problem(answered)) == (404, "not-found")
    assert announced(api) == []


async def test_across_a_block_a_like_does_nothing_and_is_not_refused(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post_id = (await api.post_of(bob))["post_id"]
    await like(api, ada, post_id)
    await unlike(api, ada, post_id)
    for one, other in ((ada, bob), (bob, ada)):
        await block(api, one, other)
        assert (await like(api, ada, post_id)).json() == {"liked": False, "like_count": 0}
    assert len(announced(api)) == 2


async def test_a_block_does_not_tell_private_from_absent(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post_id = (await api.post_of(bob))["post_id"]
    await api.fakes.ports.follow_requests.make_private(int(bob.user_id))
    await block(api, ada, bob)
    for call in (like, unlike):
        assert problem(await call(api, ada, post_id)) == "not-found"


async def test_a_like_can_be_taken_back_across_a_block(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post_id = (await api.post_of(bob))["post_id"]
    await like(api, ada, post_id)
    await block(api, bob, ada)
    for _ in range(2):
        assert (await unlike(api, ada, post_id)).json() == {"liked": False, "like_count": 0}


async def test_what_a_viewer_likes_is_kept_by_user(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    posts = [(await api.post_of(bob))["post_id"] for _ in range(2)]
    for post_id in posts:
        await like(api, ada, post_id)
    await unlike(api, ada, posts[0])
    ids = [int(post_id) for post_id in posts]
    assert await api.services.interactions.liked_by(int(ada.user_id), ids) == {ids[1]}


async def test_a_repeated_like_writes_again_what_derives_from_it(api: Api) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    post_id = int((await api.post_of(bob))["post_id"])
    await api.fakes.ports.likes.like(post_id, int(ada.user_id), 1)
    await like(api, ada, str(post_id))
    assert await api.services.interactions.liked_by(int(ada.user_id), [post_id]) == {post_id}
    assert announced(api) == []


async def test_a_like_is_stored_while_kafka_is_away_and_its_post_is_counted_again(api: Api) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    api.fakes.log.available = False
    assert (await like(api, ada, post_id)).json() == {"liked": True, "like_count": 1}
    minute = api.fakes.clock.now_ms() // 60_000
    assert await api.fakes.ports.touches.touched(minute) == [int(post_id)]


async def test_a_like_needs_cassandra(api: Api) -> None:
    ada = await api.person("ada")
    post_id = (await api.post_of(ada))["post_id"]
    api.fakes.outbox.available = False
    answered = await like(api, ada, post_id)
    assert (answered.status_code, answered.headers["retry-after"]) == (503, "2")


async def test_a_post_that_becomes_hot_is_spread(api: Api) -> None:
    people = [await api.person(f"user_{number}") for number in range(HOT_LIKES_A_SECOND)]
    post_id = (await api.post_of(people[0]))["post_id"]
    for person in people[1:]:
        await like(api, person, post_id)
    assert api.fakes.likes.spread_posts == set()
    await like(api, people[0], post_id)
    assert api.fakes.likes.spread_posts == {int(post_id)}
