from collections.abc import Sequence
from dataclasses import replace

import pytest

from photo_core.domain.accounts import NewAccount, PullRange
from photo_core.domain.ids import compose
from photo_core.domain.posts import Post
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.follows import FakeFollows
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.messages.events import FanoutRange, PostCreated, decode, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_core.ports.posts import OutboxRecord
from photo_workers.fanout_planner.handler import FanoutPlanner
from photo_workers.outcomes import DONE, Dead, Outcome, Retry, Unavailable

AUTHOR = 1
THRESHOLD = 10
CREATED = OutboxRecord(1, Topic.POSTS_CREATED, "1", b"")


class World:
    """An author, followers, posts, and a planner over fakes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.accounts = FakeAccounts()
        self.follows = FakeFollows(self.accounts)
        self.outbox = FakeOutbox()
        self.posts = FakePosts(self.outbox)
        self.log = FakeLog(self.clock)
        publisher = FakeEventPublisher(self.log)
        self.planner = FanoutPlanner(self.follows, self.posts, publisher, self.clock, THRESHOLD)

    async def followed_by(self, count: int) -> None:
        for user_id in range(AUTHOR, AUTHOR + count + 1):
            await self.accounts.create(NewAccount(user_id, f"user{user_id}", ""))
        for user_id in range(AUTHOR + 1, AUTHOR + count + 1):
            await self.follows.follow(user_id, AUTHOR)

    async def post(self, sequence: int = 0) -> int:
        post_id = compose(self.clock.now_ms(), 0, sequence)
        await self.posts.create(Post(post_id, AUTHOR, "user1", (), "", self.clock.now_ms()), CREATED)
        return post_id

    async def plan(self, *post_ids: int) -> Sequence[Outcome]:
        events = [PostCreated(post_id, AUTHOR, self.clock.now_ms()) for post_id in post_ids]
        return await self.planner.handle(
            [IncomingMessage(Topic.POSTS_CREATED, 0, at, "1", encode(event), 0) for at, event in enumerate(events)]
        )

    def ranges(self) -> list[FanoutRange]:
        return [decode(message.value, FanoutRange) for message in self.log.messages(Topic.FEED_FANOUT)]


@pytest.fixture
def world() -> World:
    return World()


async def test_every_follower_is_in_exactly_one_range(world: World) -> None:
    world.planner = replace(world.planner, range_followers=2, celebrity_threshold=1_000)
    await world.followed_by(175)
    post_id = await world.post()
    assert await world.plan(post_id) == [DONE]
    assert sorted(f for wanted in world.ranges() for f in wanted.followers) == list(range(2, 177))
    assert [wanted.last for wanted in world.ranges()].count(True) == 1
    assert {wanted.post_id for wanted in world.ranges()} == {post_id}


async def test_ranges_of_one_post_have_keys_of_their_own(world: World) -> None:
    world.planner = replace(world.planner, range_followers=2)
    await world.followed_by(5)
    await world.plan(await world.post())
    assert len({message.key for message in world.log.messages(Topic.FEED_FANOUT)}) == 3


async def test_an_author_without_followers_needs_no_fanout(world: World) -> None:
    await world.followed_by(0)
    assert await world.plan(await world.post()) == [DONE]
    assert world.ranges() == []


async def test_a_celebrity_is_pulled_and_not_pushed(world: World) -> None:
    await world.followed_by(THRESHOLD)
    first, second = await world.post(), await world.post(1)
    assert await world.plan(first, second) == [DONE, DONE]
    assert world.ranges() == []
    assert (await world.follows.reach(AUTHOR)).open_range == PullRange(AUTHOR, first)


async def test_a_former_celebrity_is_pushed_and_the_range_ends(world: World) -> None:
    await world.followed_by(2)
    await world.follows.open_pull_range(AUTHOR, 1)
    post_id = await world.post()
    await world.plan(post_id)
    assert [wanted.post_id for wanted in world.ranges()] == [post_id]
    (closed,) = (await world.follows.graph(2)).pull_ranges
    assert closed.to_id is not None
    assert closed.to_id >= post_id


async def test_a_deleted_post_is_not_brought_to_anybody(world: World) -> None:
    await world.followed_by(2)
    post_id = await world.post()
    post = (await world.posts.get_many([post_id]))[post_id]
    await world.posts.delete(post, world.clock.now_ms(), CREATED)
    assert await world.plan(post_id) == [DONE]
    assert world.ranges() == []


async def test_a_post_that_is_not_stored_yet_is_tried_again(world: World) -> None:
    await world.followed_by(2)
    assert [type(outcome) for outcome in await world.plan(99)] == [Retry]


async def test_a_malformed_event_is_dead(world: World) -> None:
    message = IncomingMessage(Topic.POSTS_CREATED, 0, 0, "1", b"{", 0)
    assert [type(outcome) for outcome in await world.planner.handle([message])] == [Dead]


@pytest.mark.parametrize("engine", ["cassandra", "postgres", "kafka"])
async def test_an_engine_that_is_away_is_named(world: World, engine: str) -> None:
    await world.followed_by(2)
    post_id = await world.post()
    world.outbox.available = engine != "cassandra"
    world.accounts.available = engine != "postgres"
    world.log.available = engine != "kafka"
    (outcome,) = await world.plan(post_id)
    assert isinstance(outcome, Unavailable)
    assert outcome.engine == engine
