"""GET /v1/feed over fakes."""

import pytest

from photo_core.domain.runtime_policy import FeedMode
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from tests.support.api import Api, Person, problem


@pytest.fixture
def cache(api: Api) -> FakeFeedCache:
    assert isinstance(api.fakes.ports.feeds, FakeFeedCache)
    return api.fakes.ports.feeds


async def follow(api: Api, follower: Person, followee: Person) -> None:
    answered = await api.http.post(f"/v1/users/{followee.user_id}/follow", headers=follower.headers)
    assert answered.status_code == 200


async def captions(api: Api, reader: Person) -> tuple[str, list[str]]:
    answered = await api.http.get("/v1/feed", headers=reader.headers)
    assert answered.status_code == 200
    return answered.headers["Feed-Mode"], [post["caption"] for post in answered.json()["posts"]]


async def test_a_feed_needs_a_token(api: Api) -> None:
    assert (await api.http.get("/v1/feed")).status_code == 401


async def test_a_new_person_has_an_empty_feed(api: Api) -> None:
    ada = await api.person("ada")
    answered = await api.http.get("/v1/feed", headers=ada.headers)
    assert answered.json() == {"posts": [], "next_cursor": None, "has_more": False}
    assert answered.headers["Degraded-Level"] == "0"


async def test_a_feed_holds_own_and_followed_posts_in_the_shape_of_a_post(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    await follow(api, ada, bob)
    posts = [await api.post_of(bob), await api.post_of(eve), await api.post_of(ada)]
    answered = await api.http.get("/v1/feed", headers=ada.headers)
    assert answered.json()["posts"] == [posts[2], posts[0]]


async def test_a_feed_is_rebuilt_and_then_pushed(api: Api, cache: FakeFeedCache) -> None:
    ada, bob = await api.person("ada"), await api.person("bob")
    await follow(api, ada, bob)
    await api.post_of(bob, "first")
    assert await captions(api, ada) == ("rebuilding", ["first"])
    await api.services.side_tasks.finish()
    assert await captions(api, ada) == ("push", ["first"])
    post = await api.post_of(bob, "second")
    await cache.append(int(post["post_id"]), [int(ada.user_id)])
    assert await captions(api, ada) == ("push", ["second", "first"])


async def test_ones_own_post_is_in_the_next_read(api: Api) -> None:
    ada = await api.person("ada")
    await captions(api, ada)
    await api.services.side_tasks.finish()
    await api.post_of(ada, "mine")
    assert await captions(api, ada) == ("push", ["mine"])


async def test_an_unfollow_and_a_delete_are_obeyed_by_the_next_read(api: Api) -> None:
    ada, bob, eve = await api.person("ada"), await api.person("bob"), await api.person("eve")
    await follow(api, ada, bob)
    await follow(api, ada, eve)
    await api.post_of(bob, "of bob")
    gone = await api.post_of(eve, "deleted")
    await captions(api, ada)
    await api.services.side_tasks.finish()
    await api.http.delete(f"/v1/posts/{gone['post_id']}", headers=eve.headers)
    assert (await captions(api, ada))[1] == ["of bob"]
    await api.http.delete(f"/v1/users/{bob.user_id}/follow", headers=ada.headers)
    assert (await captions(api, ada))[1] == []


async def test_without_redis_a_feed_is_pulled(api: Api, cache: FakeFeedCache) -> None:
    ada = await api.person("ada")
    await api.post_of(ada, "mine")
    cache.fail()
    assert await captions(api, ada) == ("pull", ["mine"])


async def test_the_policy_to_pull_leaves_redis_alone(api: Api, cache: FakeFeedCache) -> None:
    ada = await api.person("ada")
    policies = api.fakes.ports.policies
    assert isinstance(policies, FakeRuntimePolicies)
    policies.become(FeedMode.PULL, degraded_level=1)
    answered = await api.http.get("/v1/feed", headers=ada.headers)
    assert (answered.headers["Feed-Mode"], answered.headers["Degraded-Level"]) == ("pull", "1")
    assert cache.sizes() == []


async def test_pages_follow_each_other_to_the_very_first_post(api: Api) -> None:
    ada = await api.person("ada")
    posted = [(await api.post_of(ada))["post_id"] for _ in range(7)]
    read: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await api.http.get("/v1/feed", params=params, headers=ada.headers)).json()
        read += [post["post_id"] for post in page["posts"]]
        cursor = page["next_cursor"]
        assert page["has_more"] == (cursor is not None)
        if cursor is None:
            break
    assert read == posted[::-1]


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "101"}, {"limit": "many"}])
async def test_a_limit_out_of_bounds_is_refused(api: Api, params: dict[str, str]) -> None:
    ada = await api.person("ada")
    assert (await api.http.get("/v1/feed", params=params, headers=ada.headers)).status_code == 422


async def test_a_forged_cursor_is_refused(api: Api) -> None:
    ada = await api.person("ada")
    answered = await api.http.get("/v1/feed", params={"cursor": "AAAA"}, headers=ada.headers)
    assert problem(answered) == "invalid-cursor"
