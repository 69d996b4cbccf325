from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from photo_core.domain.accounts import NewAccount, PullRange
from photo_core.domain.ids import compose
from photo_core.domain.posts import Post
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.follows import FakeFollows
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.messages.events import FanoutRange, PostCreated, decode, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage, OutgoingMessage
from photo_core.ports.posts import OutboxRecord
from photo_core.settings import FeedSettings
from photo_workers.fanout_planner.decide import PullThresholds
from photo_workers.fanout_planner.handler import ACTIVE_DAYS, FanoutPlanner, build_thresholds
from photo_workers.outcomes import DONE, Dead, Outcome, Retry, Unavailable

AUTHOR = 1
THRESHOLD = 10
DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600
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
        feeds = FeedSettings(celebrity_threshold=THRESHOLD)
        self.planner = FanoutPlanner(self.follows, self.posts, publisher, self.clock, feeds)

    async def followed_by(self, count: int) -> None:
        for user_id in range(AUTHOR, AUTHOR + count + 1):
            await self.accounts.create(NewAccount(user_id, f"user{user_id}", ""))
        for user_id in range(AUTHOR + 1, AUTHOR + count + 1):
            await self.follows.follow(user_id, AUTHOR)

    async def seen(self, user_id: int, days_ago: float) -> None:
        await self.accounts.touch([user_id], self.clock.now_ms() - round(days_ago * DAY_SECONDS * 1000))

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

    async def pulled(self) -> tuple[PullRange, ...]:
        return (await FakeFeedStates(self.follows.state).changes_since(-1)).pull_ranges


@pytest.fixture
def world() -> World:
    return World()


async def test_every_follower_is_in_exactly_one_range(world: World) -> None:
    world.planner = replace(world.planner, range_followers=2, feeds=FeedSettings())
    await world.followed_by(175)
    post_id = await world.post()
    assert await world.plan(post_id) == [DONE]
    assert sorted(f for wanted in world.ranges() for f in wanted.followers) == list(range(AUTHOR, 177))
    assert [wanted.last for wanted in world.ranges()].count(True) == 1
    assert {wanted.post_id for wanted in world.ranges()} == {post_id}


async def test_ranges_of_one_post_have_keys_of_their_own(world: World) -> None:
    world.planner = replace(world.planner, range_followers=2)
    await world.followed_by(5)
    await world.plan(await world.post())
    assert len({message.key for message in world.log.messages(Topic.FEED_FANOUT)}) == 3


async def test_authors_are_the_first_followers_of_their_own_posts(world: World) -> None:
    world.planner = replace(world.planner, range_followers=2)
    await world.followed_by(5)
    await world.plan(await world.post())
    assert [wanted.followers for wanted in world.ranges() if AUTHOR in wanted.followers] == [(AUTHOR, 2, 3)]


async def test_an_author_without_followers_gets_the_post_alone(world: World) -> None:
    await world.followed_by(0)
    assert await world.plan(await world.post()) == [DONE]
    assert [(wanted.followers, wanted.last) for wanted in world.ranges()] == [((AUTHOR,), True)]


async def test_a_celebrity_is_pulled_by_all_but_the_own_head(world: World) -> None:
    await world.followed_by(THRESHOLD)
    first, second = await world.post(), await world.post(1)
    assert await world.plan(first, second) == [DONE, DONE]
    assert sorted((wanted.post_id, wanted.followers) for wanted in world.ranges()) == [
        (first, (AUTHOR,)),
        (second, (AUTHOR,)),
    ]
    assert (await world.follows.reach(AUTHOR)).open_range == PullRange(AUTHOR, first)


async def test_active_followers_come_first_and_those_whose_head_has_expired_not_at_all(world: World) -> None:
    world.planner = replace(world.planner, range_followers=1)
    inactive_after = world.planner.feeds.inactive_after_days
    await world.followed_by(4)
    for follower, days_ago in {2: inactive_after + 1.1, 3: inactive_after + 0.9, 4: ACTIVE_DAYS + 1, 5: 0}.items():
        await world.seen(follower, days_ago)
    await world.plan(await world.post())
    planned = {message.key: decode(message.value, FanoutRange) for message in world.log.messages(Topic.FEED_FANOUT)}
    in_order = [planned[key].followers for key in sorted(planned, key=lambda key: int(key.partition(":")[2]))]
    assert in_order == [(AUTHOR, 5), (3,), (4,)]


async def test_posts_that_waited_for_too_long_are_pulled_as_one_range_and_kept_by_their_author(world: World) -> None:
    await world.followed_by(3)
    first, second = await world.post(), await world.post(1)
    world.clock.advance(HOUR_SECONDS)
    assert await world.plan(second, first) == [DONE, DONE]
    assert {wanted.followers for wanted in world.ranges()} == {(AUTHOR,)}
    assert await world.pulled() == (PullRange(AUTHOR, first, second),)


async def test_a_fresh_post_among_late_ones_is_pushed(world: World) -> None:
    await world.followed_by(3)
    late = await world.post()
    world.clock.advance(HOUR_SECONDS)
    fresh = await world.post()
    await world.plan(late, fresh)
    assert {wanted.post_id for wanted in world.ranges() if len(wanted.followers) > 1} == {fresh}
    assert await world.pulled() == (PullRange(AUTHOR, late, late),)


async def test_late_posts_that_no_range_could_take_are_planned_again(world: World) -> None:
    await world.followed_by(3)
    late = await world.post()
    world.clock.advance(HOUR_SECONDS)

    async def postgres_goes_away(_: OutgoingMessage) -> None:
        world.accounts.available = False

    world.planner = replace(world.planner, publisher=Watched(world.log, postgres_goes_away))
    with pytest.raises(EngineUnavailable):
        await world.plan(late)
    world.accounts.available = True
    world.planner = replace(world.planner, publisher=FakeEventPublisher(world.log))
    await world.plan(late)
    assert await world.pulled() == (PullRange(AUTHOR, late, late),)


class Watched(FakeEventPublisher):
    """Lets something happen with each message that is produced."""

    def __init__(self, log: FakeLog, happens: Callable[[OutgoingMessage], Awaitable[None]]) -> None:
        super().__init__(log)
        self._happens = happens

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        await super().publish(messages)
        for message in messages:
            await self._happens(message)


async def test_a_post_left_to_the_open_range_while_another_planner_pushes_before_closing_it_is_seen(
    world: World,
) -> None:
    """The push took longer than the skew of clocks allowed for; the range was closed below the newer post."""
    await world.followed_by(8)
    await world.follows.open_pull_range(AUTHOR, 1)
    older = await world.post()
    others = replace(world.planner)
    left: list[int] = []

    async def another_planner_has_a_newer_post(_: OutgoingMessage) -> None:
        if not left:
            world.clock.advance(300)
            left.append(await world.post())
            await world.follows.follow(AUTHOR + 8, AUTHOR)
            await others.handle([created(left[0])])

    await world.follows.unfollow(AUTHOR + 8, AUTHOR)
    world.planner = replace(world.planner, publisher=Watched(world.log, another_planner_has_a_newer_post))
    await world.plan(older)
    (closed,) = await world.pulled()
    assert closed.to_id is not None
    assert closed.to_id >= left[0]


def created(post_id: int) -> IncomingMessage:
    return IncomingMessage(Topic.POSTS_CREATED, 0, 0, "1", encode(PostCreated(post_id, AUTHOR, 0)), 0)


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


async def test_a_post_that_does_not_stand_in_its_authors_timeline_yet_is_tried_again(world: World) -> None:
    await world.followed_by(2)
    posts = HalfStored(world.outbox)
    world.planner = replace(world.planner, posts=posts)
    world.posts = posts
    older, post_id = await world.post(), await world.post(1)
    posts.late.add(post_id)
    assert [type(outcome) for outcome in await world.plan(post_id)] == [Retry]
    assert world.ranges() == []
    posts.late.clear()
    assert await world.plan(older, post_id) == [DONE, DONE]
    assert {wanted.post_id for wanted in world.ranges()} == {older, post_id}


class HalfStored(FakePosts):
    """Holds posts of which a part of the batch that stores them is still to come: their places in timelines."""

    def __init__(self, outbox: FakeOutbox) -> None:
        super().__init__(outbox)
        self.late: set[int] = set()

    async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
        stored = await super().timeline(author_id, before_id, limit + len(self.late))
        return [post_id for post_id in stored if post_id not in self.late][:limit]


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


async def test_the_policy_lowers_the_threshold_for_a_while_and_restores_it(world: World) -> None:
    policies = FakeRuntimePolicies()
    world.planner = replace(world.planner, policy=policies.current)
    await world.followed_by(3)
    policies.obey(RuntimePolicy(celebrity_threshold=3))
    await world.plan(await world.post())
    assert [wanted.followers for wanted in world.ranges()] == [(AUTHOR,)]
    policies.obey(RuntimePolicy())
    await world.plan(await world.post(1))
    assert [wanted.followers for wanted in world.ranges()][1:] == [(AUTHOR, 2, 3, 4)]
    assert (await world.follows.reach(AUTHOR)).open_range is None


async def test_the_policy_says_from_which_age_posts_are_pulled(world: World) -> None:
    policies = FakeRuntimePolicies()
    policies.obey(RuntimePolicy(skip_fanout_after_seconds=60))
    world.planner = replace(world.planner, policy=policies.current)
    await world.followed_by(3)
    post_id = await world.post()
    world.clock.advance(60)
    await world.plan(post_id)
    assert [wanted.followers for wanted in world.ranges()] == [(AUTHOR,)]
    assert await world.pulled() == (PullRange(AUTHOR, post_id, post_id),)


async def test_ranges_tell_how_many_followers_the_author_has(world: World) -> None:
    await world.followed_by(3)
    await world.plan(await world.post())
    assert [wanted.reach for wanted in world.ranges()] == [3]


def test_the_policy_never_lets_more_be_pushed_than_the_settings_do() -> None:
    feeds = FeedSettings(celebrity_threshold=400, skip_fanout_after_seconds=600)
    generous = RuntimePolicy(celebrity_threshold=1000, skip_fanout_after_seconds=3600)
    assert build_thresholds(feeds, generous) == build_thresholds(feeds, RuntimePolicy()) == PullThresholds(400, 600_000)
    strict = RuntimePolicy(celebrity_threshold=100, skip_fanout_after_seconds=60)
    assert build_thresholds(feeds, strict) == PullThresholds(100, 60_000)
