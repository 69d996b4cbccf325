"""GET /v1/feed while engines are away, hang, or are under strain."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from photo_app.ports import Ports
from photo_core.domain.degradation import HURRIED_SECONDS, TRUTH_SECONDS
from photo_core.domain.runtime_policy import FeedMode
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.feeds.viewers import POSTGRES_SECONDS
from tests.support.api import Api, Person, problem, running_api


class Hangs:
    """A port that answers, until it hangs."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.hanging = False

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            if self.hanging:
                await asyncio.Event().wait()
            return await getattr(self._port, name)(*arguments)

        return call


async def read(api: Api, reader: Person, **params: Any) -> httpx.Response:
    answered = await api.http.get("/v1/feed", headers=reader.headers, params=params)
    assert answered.status_code == 200, answered.text
    return answered


def shown(answered: httpx.Response) -> tuple[str, list[str]]:
    return answered.headers["Feed-Mode"], [post["caption"] for post in answered.json()["posts"]]


async def warm(api: Api, reader: Person) -> None:
    """Read until the head is whole and its posts are cached."""
    for _ in range(2):
        await read(api, reader)
        await api.services.side_tasks.finish()
    assert (await read(api, reader)).headers["Feed-Mode"] == "push"


@pytest.fixture
async def ada(api: Api) -> Person:
    """Somebody with a whole head of two posts, of a followee and of her own."""
    return await somebody_with_a_feed(api)


async def somebody_with_a_feed(api: Api) -> Person:
    ada, bob = await api.person("ada"), await api.person("bob")
    await api.http.post(f"/v1/users/{bob.user_id}/follow", headers=ada.headers)
    await api.post_of(bob, "of bob")
    await api.post_of(ada, "mine")
    await warm(api, ada)
    return ada


def feeds_of(api: Api) -> FakeFeedCache:
    assert isinstance(api.fakes.ports.feeds, FakeFeedCache)
    return api.fakes.ports.feeds


async def without_cassandra(api: Api) -> None:
    """Take Cassandra away and let this process notice."""
    api.fakes.outbox.available = False
    await api.services.feed.cassandra_guard.probe()


async def test_without_postgresql_the_last_known_graph_and_redis_serve(api: Api, ada: Person) -> None:
    api.fakes.accounts.available = False
    assert shown(await read(api, ada)) == ("stale", ["mine", "of bob"])


async def test_without_postgresql_a_graph_that_this_process_never_met_comes_from_redis(api: Api, ada: Person) -> None:
    async with running_api(ports=lambda _: api.fakes.ports) as other:
        api.fakes.accounts.available = False
        assert shown(await read(other, ada)) == ("stale", ["mine", "of bob"])


async def test_without_postgresql_and_any_memory_of_the_graph_a_viewer_still_sees_their_own_posts(
    api: Api, ada: Person
) -> None:
    async with running_api(ports=lambda _: api.fakes.ports) as other:
        feeds_of(api).lose_everything()
        api.fakes.accounts.available = False
        assert shown(await read(other, ada)) == ("stale", ["mine"])


async def test_without_cassandra_the_head_and_cached_posts_serve(api: Api, ada: Person) -> None:
    await without_cassandra(api)
    answered = await read(api, ada)
    assert shown(answered) == ("stale", ["mine", "of bob"])
    assert answered.json()["has_more"] is False


async def test_without_cassandra_what_is_not_cached_is_left_out_and_more_follows(api: Api, ada: Person) -> None:
    await without_cassandra(api)
    api.fakes.post_cache.lose_everything()
    answered = await read(api, ada)
    assert shown(answered) == ("stale", [])
    assert answered.json()["has_more"] is True
    assert answered.headers["Retry-After"] == "2"


async def test_without_cassandra_a_head_that_is_not_whole_still_shows_what_was_delivered(api: Api, ada: Person) -> None:
    feeds_of(api).recover()
    await without_cassandra(api)
    answered = await read(api, ada)
    assert shown(answered) == ("stale", ["mine", "of bob"])
    assert answered.json()["has_more"] is True


async def test_where_nothing_is_known_the_next_page_starts_at_the_same_place(api: Api) -> None:
    eve = await api.person("eve")
    await without_cassandra(api)
    page = (await read(api, eve)).json()
    again = (await read(api, eve, cursor=page["next_cursor"])).json()
    assert page == again
    assert page["has_more"] is True
    api.fakes.outbox.available = True
    for _ in range(3):
        await api.services.feed.cassandra_guard.probe()
    assert (await read(api, eve, cursor=page["next_cursor"])).json()["has_more"] is False


async def test_without_redis_and_cassandra_there_is_nothing_to_show(api: Api, ada: Person) -> None:
    await without_cassandra(api)
    feeds_of(api).fail()
    api.fakes.post_cache.fail()
    answered = await api.http.get("/v1/feed", headers=ada.headers)
    assert problem(answered) == "engine-unavailable"
    assert answered.headers["Retry-After"]


async def test_without_redis_a_pulled_page_reads_posts_from_the_truth(api: Api, ada: Person) -> None:
    feeds_of(api).fail()
    api.fakes.post_cache.fail()
    assert shown(await read(api, ada)) == ("pull", ["mine", "of bob"])


async def test_a_deleted_post_is_gone_in_every_mode(api: Api, ada: Person) -> None:
    gone = (await read(api, ada)).json()["posts"][0]["post_id"]
    await api.http.delete(f"/v1/posts/{gone}", headers=ada.headers)
    assert shown(await read(api, ada)) == ("push", ["of bob"])
    await without_cassandra(api)
    assert shown(await read(api, ada)) == ("stale", ["of bob"])
    api.fakes.accounts.available = False
    assert shown(await read(api, ada)) == ("stale", ["of bob"])


async def test_a_deletion_that_redis_did_not_confirm_is_obeyed_by_every_process(api: Api, ada: Person) -> None:
    gone = (await read(api, ada)).json()["posts"][0]["post_id"]
    api.fakes.post_cache.fail()
    await api.http.delete(f"/v1/posts/{gone}", headers=ada.headers)
    async with running_api(ports=lambda _: api.fakes.ports) as other:
        assert (await read(other, ada)).json()["posts"][0]["caption"] == "of bob"


async def test_ones_own_post_is_shown_although_redis_did_not_confirm_it(api: Api, ada: Person) -> None:
    feeds_of(api).fail()
    await api.post_of(ada, "newest")
    feeds_of(api).become_reachable()
    assert shown(await read(api, ada)) == ("push", ["newest", "mine", "of bob"])


@pytest.mark.parametrize(("level", "posts"), [(0, 8), (1, 4), (2, 2)])
async def test_pages_are_smaller_at_degraded_levels_and_go_on(api: Api, level: int, posts: int) -> None:
    eve = await api.person("eve")
    for number in range(9):
        await api.post_of(eve, str(number))
    policies = api.fakes.ports.policies
    assert isinstance(policies, FakeRuntimePolicies)
    policies.become(FeedMode.PUSH, degraded_level=level)
    answered = await read(api, eve, limit=8)
    assert len(answered.json()["posts"]) == posts
    assert answered.headers["Degraded-Level"] == str(level)
    assert answered.json()["has_more"] is True


@pytest.fixture
async def hanging() -> AsyncIterator[tuple[Api, Hangs, Hangs]]:
    """An API whose PostgreSQL and Cassandra can be made to hang."""
    made: list[Hangs] = []

    def with_hanging(ports: Ports) -> Ports:
        states: Any = Hangs(ports.feed_states)
        posts: Any = Hangs(ports.posts)
        made.extend((states, posts))
        return replace(ports, feed_states=states, posts=posts)

    async with running_api(ports=with_hanging) as api:
        yield api, made[0], made[1]


async def test_a_hanging_postgresql_is_waited_for_half_a_second(hanging: tuple[Api, Hangs, Hangs]) -> None:
    api, states, _ = hanging
    ada = await somebody_with_a_feed(api)
    states.hanging = True
    began = asyncio.get_running_loop().time()
    assert shown(await read(api, ada)) == ("stale", ["mine", "of bob"])
    assert asyncio.get_running_loop().time() - began < POSTGRES_SECONDS + 1


async def test_a_hanging_cassandra_is_waited_for_once_and_then_not_at_all(hanging: tuple[Api, Hangs, Hangs]) -> None:
    api, _, posts = hanging
    ada = await somebody_with_a_feed(api)
    api.fakes.post_cache.lose_everything()
    posts.hanging = True
    began = asyncio.get_running_loop().time()
    assert shown(await read(api, ada)) == ("stale", [])
    assert asyncio.get_running_loop().time() - began < TRUTH_SECONDS + 1
    await api.services.feed.cassandra_guard.probe()
    began = asyncio.get_running_loop().time()
    assert shown(await read(api, ada)) == ("stale", [])
    assert asyncio.get_running_loop().time() - began < 1


async def test_at_level_2_a_hanging_cassandra_is_waited_for_half_a_second(hanging: tuple[Api, Hangs, Hangs]) -> None:
    api, _, posts = hanging
    ada = await somebody_with_a_feed(api)
    api.fakes.post_cache.lose_everything()
    order(api, 2)
    posts.hanging = True
    began = asyncio.get_running_loop().time()
    assert shown(await read(api, ada)) == ("stale", [])
    assert asyncio.get_running_loop().time() - began < HURRIED_SECONDS + 1


async def test_at_level_2_nothing_is_read_back_into_redis(api: Api, ada: Person) -> None:
    feeds_of(api).lose_everything()
    order(api, 2)
    for _ in range(2):
        assert shown(await read(api, ada)) == ("rebuilding", ["mine", "of bob"])
        await api.services.side_tasks.finish()
    order(api, 1)
    await warm(api, ada)


async def test_at_level_3_what_is_cached_is_shown_without_asking_cassandra(hanging: tuple[Api, Hangs, Hangs]) -> None:
    api, _, posts = hanging
    ada = await somebody_with_a_feed(api)
    order(api, 3)
    posts.hanging = True
    answered = await read(api, ada)
    assert [post["caption"] for post in answered.json()["posts"]] == ["mine", "of bob"]
    assert answered.headers["Degraded-Level"] == "3"


async def test_at_level_3_a_page_that_needs_cassandra_is_stale_and_waits_for_nothing(
    hanging: tuple[Api, Hangs, Hangs],
) -> None:
    api, _, posts = hanging
    ada = await somebody_with_a_feed(api)
    feeds_of(api).lose_everything()
    order(api, 3)
    posts.hanging = True
    began = asyncio.get_running_loop().time()
    answered = await read(api, ada)
    assert answered.headers["Feed-Mode"] == "stale"
    assert answered.json()["has_more"] is True
    assert asyncio.get_running_loop().time() - began < HURRIED_SECONDS


async def test_posts_keep_all_members_at_every_level_that_shows_them(api: Api, ada: Person) -> None:
    whole = (await read(api, ada, limit=8)).json()["posts"]
    for level in (1, 2, 3):
        order(api, level)
        assert (await read(api, ada, limit=8)).json()["posts"] == whole


def order(api: Api, level: int) -> None:
    assert isinstance(api.fakes.ports.policies, FakeRuntimePolicies)
    api.fakes.ports.policies.become(FeedMode.PUSH, degraded_level=level)
