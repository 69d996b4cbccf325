"""GET /v1/feed without PostgreSQL, after changes that were answered while it served: no page shows what they took."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from photo_app.ports import Ports
from photo_core.domain.runtime_policy import FeedMode
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from tests.support.api import Api, Person, problem, running_api
from tests.unit.app.feed.test_modes import Hangs, feeds_of, read, shown, warm


class Then:
    """The follows of a pod, after whose unfollows something happens before they are answered."""

    def __init__(self, follows: Any, happens: Any) -> None:
        self._follows = follows
        self._happens = happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._follows, name)

    async def unfollow(self, follower_id: int, followee_id: int) -> Any:
        unfollowed = await self._follows.unfollow(follower_id, followee_id)
        await self._happens()
        return unfollowed


@pytest.fixture
async def ada(api: Api) -> Person:
    return await api.person("ada")


@pytest.fixture
async def bob(api: Api, ada: Person) -> Person:
    """Somebody whose post stands in a whole head of ada's, beside her own."""
    bob = await api.person("bob")
    await api.http.post(f"/v1/users/{bob.user_id}/follow", headers=ada.headers)
    await api.post_of(bob, "of bob")
    await api.post_of(ada, "mine")
    await warm(api, ada)
    return bob


async def unfollow(api: Api, ada: Person, bob: Person) -> None:
    answered = await api.http.delete(f"/v1/users/{bob.user_id}/follow", headers=ada.headers)
    assert answered.status_code == 200, answered.text


def accounts_of(api: Api) -> FakeAccounts:
    return api.fakes.accounts


def ports_where(api: Api, happens: Any) -> Any:
    """Return the ports of another pod, after whose unfollows something happens."""

    def ports(_: Ports) -> Ports:
        follows: Any = Then(api.fakes.ports.follows, happens)
        return replace(api.fakes.ports, follows=follows)

    return ports


async def test_an_unfollow_is_obeyed_although_postgresql_dies_right_after_it(
    api: Api, ada: Person, bob: Person
) -> None:
    async def postgresql_dies() -> None:
        accounts_of(api).available = False

    async with running_api(ports=ports_where(api, postgresql_dies)) as other:
        await unfollow(other, ada, bob)
        for pod in (api, other):
            assert shown(await read(pod, ada)) == ("stale", ["mine"])


async def test_an_unfollow_is_obeyed_although_another_change_of_the_viewer_overtook_it(
    api: Api, ada: Person, bob: Person
) -> None:
    eve = await api.person("eve")
    await api.http.post(f"/v1/users/{eve.user_id}/follow", headers=ada.headers)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def another_overtakes() -> None:
        begun.set()
        await go_on.wait()

    async with running_api(ports=ports_where(api, another_overtakes)) as other:
        slow = asyncio.create_task(unfollow(other, ada, bob))
        await begun.wait()
        await unfollow(api, ada, eve)
        go_on.set()
        await slow
        accounts_of(api).available = False
        for pod in (api, other):
            assert shown(await read(pod, ada)) == ("stale", ["mine"])


async def test_an_unfollow_is_obeyed_although_redis_does_not_confirm_it(api: Api, ada: Person, bob: Person) -> None:
    async def redis_is_lost() -> None:
        feeds_of(api).fail()

    async with running_api(ports=ports_where(api, redis_is_lost)) as other:
        await unfollow(other, ada, bob)
        feeds_of(api).become_reachable()
        accounts_of(api).available = False
        assert shown(await read(api, ada)) == ("stale", ["mine"])


async def test_an_unfollow_that_is_repeated_keeps_the_graph_for_readers(api: Api, ada: Person, bob: Person) -> None:
    for _ in range(2):
        await unfollow(api, ada, bob)
    assert (await feeds_of(api).read(int(ada.user_id))).graph == await api.fakes.ports.follows.graph(int(ada.user_id))


async def test_a_reader_that_is_late_does_not_bring_back_the_graph_of_before(
    api: Api, ada: Person, bob: Person
) -> None:
    before = await api.fakes.ports.follows.graph(int(ada.user_id))

    async def reader_remembers() -> None:
        await feeds_of(api).remember_graph(before)
        accounts_of(api).available = False
        feeds_of(api).fail()

    async with running_api(ports=ports_where(api, reader_remembers)) as other:
        await unfollow(other, ada, bob)
        feeds_of(api).become_reachable()
        assert shown(await read(api, ada)) == ("stale", ["mine"])


async def test_memory_alone_answers_nothing_where_redis_does_not(api: Api, ada: Person, bob: Person) -> None:
    async with running_api(ports=lambda _: api.fakes.ports) as other:
        feeds_of(api).fail()
        assert shown(await read(api, ada)) == ("pull", ["mine", "of bob"])
        await unfollow(other, ada, bob)
        accounts_of(api).available = False
        assert problem(await api.http.get("/v1/feed", headers=ada.headers)) == "engine-unavailable"


async def test_memory_alone_answers_nothing_where_redis_is_not_asked(api: Api, ada: Person, bob: Person) -> None:
    policies = api.fakes.ports.policies
    assert isinstance(policies, FakeRuntimePolicies)
    async with running_api(ports=lambda _: api.fakes.ports) as other:
        policies.become(FeedMode.PULL)
        assert shown(await read(api, ada)) == ("pull", ["mine", "of bob"])
        await unfollow(other, ada, bob)
        accounts_of(api).available = False
        assert problem(await api.http.get("/v1/feed", headers=ada.headers)) == "engine-unavailable"


async def test_a_hanging_postgresql_is_an_answer_where_nothing_else_serves() -> None:
    made: list[Hangs] = []

    def with_hanging(ports: Ports) -> Ports:
        states: Any = Hangs(ports.feed_states)
        made.append(states)
        return replace(ports, feed_states=states)

    async with running_api(ports=with_hanging) as api:
        ada = await api.person("ada")
        feeds_of(api).fail()
        made[0].hanging = True
        assert problem(await api.http.get("/v1/feed", headers=ada.headers)) == "engine-unavailable"
