"""GET /v1/feed of viewers who were away: no post that passed them over is missing when they come back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from msgspec import structs

from photo_core.domain.feed.absence import DAY_MS
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import EngineUnavailable
from photo_core.messages.events import PostCreated, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_core.settings import FeedSettings
from photo_workers.fanout.handler import Fanout
from photo_workers.fanout.pull_fallback import PullFallback
from photo_workers.fanout_planner.handler import FanoutPlanner
from photo_workers.outcomes import DONE
from tests.support.api import SETTINGS, Api, Person, running_api
from tests.unit.app.feed.test_modes import feeds_of, read, shown, warm


class World:
    """Ada, who follows Bob and has a whole head of his first post, and the workers that bring her the others."""

    def __init__(self, api: Api, people: tuple[Person, Person], settings: FeedSettings) -> None:
        self.api, self._people = api, people
        self.ada, self.bob = people
        ports = api.fakes.ports
        self._planner = FanoutPlanner(ports.follows, ports.posts, ports.publisher, ports.clock, settings)
        self._fanout = Fanout(ports.feeds, PullFallback(ports.follows, RuntimePolicy, ports.clock), ports.clock)

    def was_seen(self, days_ago: float) -> None:
        at_ms = self.api.fakes.clock.now_ms() - round(days_ago * DAY_MS)
        self.api.fakes.accounts.not_seen_since(int(self.ada.user_id), at_ms)

    async def post(self, caption: str) -> None:
        post = await self.api.post_of(self.bob, caption)
        created = PostCreated(int(post["post_id"]), int(self.bob.user_id), self.api.fakes.clock.now_ms())
        assert await self._planner.handle([_message(Topic.POSTS_CREATED, encode(created))]) == [DONE]
        for wanted in self.api.fakes.log.messages(Topic.FEED_FANOUT):
            assert await self._fanout.handle([_message(Topic.FEED_FANOUT, wanted.value)]) == [DONE]

    @asynccontextmanager
    async def after(self, settings: FeedSettings) -> AsyncIterator["World"]:
        """Start the processes anew with other settings."""
        changed = structs.replace(SETTINGS, feed=settings)
        async with running_api(changed, lambda _: self.api.fakes.ports) as api:
            fakes = replace(self.api.fakes, ports=api.fakes.ports)
            yield World(replace(api, fakes=fakes), self._people, settings)

    async def store_who_was_seen(self) -> None:
        await self.api.services.feed.last_seen.store()

    async def reads(self) -> tuple[str, list[str]]:
        answered = shown(await read(self.api, self.ada))
        await self.api.services.side_tasks.finish()
        return answered


def _message(topic: Topic, value: bytes) -> IncomingMessage:
    return IncomingMessage(topic, 0, 0, "1", value, 0)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_api() as api:
        ada, bob = await api.person("ada"), await api.person("bob")
        await api.http.post(f"/v1/users/{bob.user_id}/follow", headers=ada.headers)
        made = World(api, (ada, bob), FeedSettings())
        await made.post("first")
        await warm(api, ada)
        yield made


async def test_a_head_that_outlived_what_was_brought_to_it_is_not_believed(world: World) -> None:
    world.was_seen(days_ago=45)
    await world.post("passed over")
    assert await world.reads() == ("rebuilding", ["passed over", "first"])


async def test_the_head_of_who_is_back_is_made_anew(world: World) -> None:
    world.was_seen(days_ago=45)
    await world.post("passed over")
    await world.reads()
    assert await world.reads() == ("push", ["passed over", "first"])


async def test_a_head_that_redis_could_not_be_told_to_drop_is_not_believed(world: World) -> None:
    world.was_seen(days_ago=45)
    await world.post("passed over")
    feeds_of(world.api).fail()
    assert (await world.reads())[1] == ["passed over", "first"]
    with pytest.raises(EngineUnavailable):
        await world.store_who_was_seen()
    feeds_of(world.api).become_reachable()
    async with world.after(FeedSettings()) as anew:
        assert await anew.reads() == ("rebuilding", ["passed over", "first"])


async def test_a_post_between_the_return_and_its_storing_is_not_missing(world: World) -> None:
    world.was_seen(days_ago=45)
    feeds_of(world.api).lose_everything()
    await world.reads()
    await world.post("in between")
    await world.store_who_was_seen()
    for _ in range(2):
        assert (await world.reads())[1] == ["in between", "first"]


async def test_posts_are_brought_again_to_a_viewer_who_is_back(world: World) -> None:
    world.was_seen(days_ago=45)
    await world.reads()
    await world.post("second")
    assert await world.reads() == ("push", ["second", "first"])


async def test_a_head_stays_good_for_as_long_as_posts_are_brought_to_it(world: World) -> None:
    world.was_seen(days_ago=29.9)
    await world.post("second")
    assert await world.reads() == ("push", ["second", "first"])
    await world.store_who_was_seen()
    assert await world.reads() == ("push", ["second", "first"])


async def test_heads_of_before_a_lower_setting_are_believed_by_the_lower_one(world: World) -> None:
    world.was_seen(days_ago=10)
    async with world.after(FeedSettings(inactive_after_days=7)) as lowered:
        await lowered.post("passed over")
        assert await lowered.reads() == ("rebuilding", ["passed over", "first"])
        await lowered.store_who_was_seen()
        assert await lowered.reads() == ("push", ["passed over", "first"])
