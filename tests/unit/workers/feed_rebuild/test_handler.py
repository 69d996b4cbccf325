import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from photo_core.domain.accounts import NewAccount
from photo_core.domain.feed.absence import DAY_MS
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.feed.layout import HEADER_BYTES, ID_BYTES
from photo_core.domain.posts import Post
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.feed_state import FakeFeedStates
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.follows import FakeFollows
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.fakes.rebuild_runs import FakeRebuildRuns
from photo_core.messages.events import RebuildRange, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import IncomingMessage
from photo_core.ports.posts import OutboxRecord
from photo_core.ports.rebuild_runs import RebuildRun
from photo_core.settings import FeedSettings
from photo_workers.feed_rebuild.handler import FeedRebuild, FeedSources
from photo_workers.feed_rebuild.pace import Pace
from photo_workers.outcomes import DONE, Dead, Outcome, Unavailable

CAP = 100
FEEDS = FeedSettings(cap=CAP)
AUTHOR = 1
VIEWERS = (2, 3, 4)
CREATED = OutboxRecord(1, Topic.POSTS_CREATED, "1", b"")


class CountedPosts(FakePosts):
    """Notes who is asked for, and lets something happen with the first question."""

    def __init__(self, outbox: FakeOutbox) -> None:
        super().__init__(outbox)
        self.asked: Counter[int] = Counter()
        self.arriving: list[tuple[FakeFeedCache, int]] = []

    async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
        self.asked[author_id] += 1
        answer = await super().timeline(author_id, before_id, limit)
        for feeds, post_id in self.arriving:
            await feeds.append(post_id, VIEWERS)
        self.arriving.clear()
        return answer


class World:
    """An author, viewers who follow, lost feeds, and a worker."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.accounts = FakeAccounts()
        self.follows = FakeFollows(self.accounts)
        self.posts = CountedPosts(FakeOutbox())
        self.feeds = FakeFeedCache(CAP)
        self.runs = FakeRebuildRuns(self.accounts, self.clock)
        self.runs.runs = [RebuildRun(1, "a", planned=len(VIEWERS), fully_planned=True)]
        sources = FeedSources(self.follows, self.posts, FakeFeedStates(self.follows.state))
        self.worker = FeedRebuild(sources, self.feeds, self.runs, Pace(1_000, self.clock, _no_time), self.clock, FEEDS)

    async def people(self) -> None:
        for user_id in (AUTHOR, *VIEWERS):
            await self.accounts.create(NewAccount(user_id, f"user{user_id}", ""))
        for viewer in VIEWERS:
            await self.follows.follow(viewer, AUTHOR)

    async def post(self, *post_ids: int) -> None:
        for post_id in post_ids:
            await self.posts.create(Post(post_id, AUTHOR, "user1", (), "", 0), CREATED)

    async def handle(self, *viewers: int) -> Sequence[Outcome]:
        value = encode(RebuildRange(1, viewers))
        return await self.worker.handle([IncomingMessage(Topic.FEED_REBUILD, 0, 0, "1", value, 0)])

    async def head(self, viewer: int) -> FeedHead | None:
        cached = await self.feeds.read(viewer)
        return whole_head(cached.head, cached.epoch, (await self.follows.graph(viewer)).version)


async def _no_time(_: float) -> None:
    return


@pytest.fixture
async def world() -> World:
    made = World()
    await made.people()
    return made


async def test_every_feed_of_a_range_becomes_whole(world: World) -> None:
    await world.post(10, 11)
    assert await world.handle(*VIEWERS) == [DONE]
    assert [await world.head(viewer) for viewer in VIEWERS] == [FeedHead((11, 10), 0)] * 3


async def test_no_feed_is_made_of_a_viewer_to_whom_posts_are_not_brought(world: World) -> None:
    away, present, barely = VIEWERS
    for viewer, days_ago in ((away, 31), (present, 0), (barely, 29.9)):
        await world.accounts.touch([viewer], world.clock.now_ms() - round(days_ago * DAY_MS))
    await world.post(10)
    assert await world.handle(*VIEWERS) == [DONE]
    assert [await world.head(viewer) for viewer in VIEWERS] == [None, FeedHead((10,), 0), FeedHead((10,), 0)]
    assert world.feeds.sizes() == [HEADER_BYTES + ID_BYTES] * 2


async def test_an_author_whom_many_viewers_of_a_range_follow_is_read_once(world: World) -> None:
    await world.post(10)
    await world.handle(*VIEWERS)
    assert world.posts.asked[AUTHOR] == 1


async def test_a_whole_feed_is_left_alone(world: World) -> None:
    await world.handle(*VIEWERS)
    world.posts.asked.clear()
    await world.feeds.append(99, VIEWERS)
    await world.handle(*VIEWERS)
    assert not world.posts.asked
    assert [await world.head(viewer) for viewer in VIEWERS] == [FeedHead((99,), 0)] * 3


async def test_what_arrives_while_timelines_are_read_is_kept(world: World) -> None:
    await world.post(10)
    world.posts.arriving.append((world.feeds, 12))
    await world.handle(*VIEWERS)
    assert [await world.head(viewer) for viewer in VIEWERS] == [FeedHead((12, 10), 0)] * 3


async def test_a_feed_that_was_lost_again_meanwhile_is_left_to_its_reader(world: World) -> None:
    lost = asyncio.Event()

    class Losing(CountedPosts):
        async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
            if not lost.is_set():
                lost.set()
                world.feeds.lose_everything()
            return await super().timeline(author_id, before_id, limit)

    posts = Losing(FakeOutbox())
    sources = FeedSources(world.follows, posts, world.worker.sources.states)
    world.worker = replace(world.worker, sources=sources)
    assert await world.handle(*VIEWERS) == [DONE]
    assert [await world.head(viewer) for viewer in VIEWERS] == [None] * 3


async def test_handled_viewers_are_counted_whole_ones_too(world: World) -> None:
    await world.handle(*VIEWERS)
    latest = await world.runs.latest()
    assert latest is not None
    assert latest.handled == len(VIEWERS)


@pytest.mark.parametrize("engine", ["redis", "postgres", "cassandra"])
async def test_an_engine_that_is_away_leaves_the_range_for_later(world: World, engine: str) -> None:
    await world.post(10)
    if engine == "redis":
        world.feeds.fail()
    world.accounts.available = engine != "postgres"
    world.posts._outbox.available = engine != "cassandra"
    (outcome,) = await world.handle(*VIEWERS)
    assert isinstance(outcome, Unavailable)
    assert outcome.engine == engine
    world.accounts.available = world.posts._outbox.available = True
    world.feeds.recover()
    assert await world.handle(*VIEWERS) == [DONE]
    assert await world.head(VIEWERS[0]) == FeedHead((10,), 0)


async def test_a_malformed_range_is_dead(world: World) -> None:
    message = IncomingMessage(Topic.FEED_REBUILD, 0, 0, "1", b"{", 0)
    assert [type(outcome) for outcome in await world.worker.handle([message])] == [Dead]
