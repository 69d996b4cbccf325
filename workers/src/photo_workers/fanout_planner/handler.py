"""The fan-out planner: turns a post into ranges of followers, or into a pull range.

Run by `photo-workers run fanout-planner`. What brings a post to its followers is decided in `decide`; a repeated
post ends in the same feeds. Authors follow themselves: their own head gets every post. It writes no feed.

Why nobody is lost who is not in the snapshot of followers. The post's place in its author's timeline is stored before
its event. Who begins to follow later has a new graph version, and a head of that version is made of timelines that
were read after the follow was stored. Who was away for long has no head that anybody believes, and gets one of
timelines after having been seen, which a later snapshot knows: see photo_core.domain.feed.absence.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from photo_core.clock import Clock
from photo_core.domain.accounts import FollowerRead, PullRange
from photo_core.domain.feed.absence import DAY_MS, passed_over_before_ms
from photo_core.domain.pull_ranges import coalesced
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.messages.events import FanoutRange, PostCreated, decode, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import EventPublisher, IncomingMessage, OutgoingMessage
from photo_core.ports.follows import Follows
from photo_core.ports.posts import Posts
from photo_core.settings import FeedSettings, feed_settings
from photo_workers.consume_loop import Handler
from photo_workers.fanout_planner.decide import (
    OpenRangeAndPull,
    PostToPlan,
    Pull,
    PullSinglePost,
    PullThresholds,
    Push,
    PushAndCloseRange,
    closing_id,
    decide,
)
from photo_workers.fanout_planner.pipeline import pipelined
from photo_workers.fanout_planner.planned_deliveries import PlannedDeliveries
from photo_workers.outcomes import DONE, Outcome, Retry
from photo_workers.process import WorkerProcess
from photo_workers.settling import settle

AUTHORS_AT_ONCE = 8
RANGE_FOLLOWERS = 500  # followers in a message: about 10 kB, some milliseconds of a worker
ACTIVE_DAYS = 2  # who was seen in these is likely to look soon, and comes first


@dataclass(frozen=True)
class FanoutPlanner:
    """Plans the fan-out of posts."""

    follows: Follows
    posts: Posts
    publisher: EventPublisher
    clock: Clock
    feeds: FeedSettings
    range_followers: int = RANGE_FOLLOWERS
    policy: Callable[[], RuntimePolicy] = RuntimePolicy  # as the settings say
    planned: PlannedDeliveries = field(default_factory=PlannedDeliveries)

    async def handle(self, batch: Sequence[IncomingMessage]) -> Sequence[Outcome]:
        """Plan every post of a batch; the posts of one author follow each other.

        Raises:
            EngineUnavailable: the late posts of the batch are in no pull range yet; all of it is planned again.
        """
        late: list[PullRange] = []
        outcomes = await settle(batch, partial(self._plan, late), AUTHORS_AT_ONCE)
        if late:
            await self.follows.add_pull_ranges(coalesced(late))
        return outcomes

    async def _plan(self, late: list[PullRange], message: IncomingMessage) -> Outcome:
        created = decode(message.value, PostCreated)
        stored = (await self.posts.get_many([created.post_id])).get(created.post_id)
        if stored is None:
            return Retry("the post is not stored yet")
        if stored.deleted_at_ms is not None:
            return DONE
        if await self.posts.timeline(created.author_id, created.post_id + 1, 1) != [created.post_id]:
            return Retry("the post does not stand in its author's timeline yet")
        late += await self._distribute(created)
        return DONE

    async def _distribute(self, created: PostCreated) -> list[PullRange]:
        """Push a post to its followers or open a pull range; return the ranges that the caller has to store."""
        reach = await self.follows.reach(created.author_id)
        limits = build_thresholds(self.feeds, self.policy())
        match decide(reach, PostToPlan(created.post_id, self.clock.now_ms()), limits):
            case Push():
                await self._push(created, reach.follower_count)
            case PushAndCloseRange():
                await self._push(created, reach.follower_count)
                await self.follows.close_pull_range(created.author_id, closing_id(self.clock.now_ms()))
            case OpenRangeAndPull(from_id):
                await self.follows.open_pull_range(created.author_id, from_id)
                await self._deliver_to_author(created)
            case Pull():
                await self._deliver_to_author(created)
            case PullSinglePost(range_):
                await self._deliver_to_author(created)
                return [range_]
        return []

    async def _deliver_to_author(self, created: PostCreated) -> None:
        """Push the post into the feed of its author alone."""
        await self.publisher.publish([build_range(created, (created.author_id,), 0, 0, last=True)])

    async def _push(self, created: PostCreated, reach: int) -> None:
        """Produce the ranges of the author and all followers while they are read; only the last is marked so."""
        held: tuple[int, ...] = ()
        index = 0
        async with pipelined(self.publisher) as produce:
            async for followers in self._audience(created.author_id):
                if held:
                    await produce(build_range(created, held, index, reach, last=False))
                    index += 1
                held = followers
                self.planned.note(created.author_id, len(followers), self.clock.monotonic())
            await produce(build_range(created, held, index, reach, last=True))

    async def _audience(self, author_id: int) -> AsyncIterator[tuple[int, ...]]:
        """Yield the author with the first followers, then all other followers that still look at their feeds."""
        wanted = build_read(author_id, self.range_followers, self.feeds.inactive_after_days, self.clock.now_ms())
        first: tuple[int, ...] = (author_id,)
        async for followers in self.follows.follower_ranges(wanted):
            yield first + followers
            first = ()
        if first:
            yield first


def build_thresholds(feeds: FeedSettings, policy: RuntimePolicy) -> PullThresholds:
    """Return the thresholds of the settings, lowered where the runtime policy has lower ones."""
    threshold, skip_after = feeds.celebrity_threshold, feeds.skip_fanout_after_seconds
    return PullThresholds(
        min(threshold, policy.celebrity_threshold or threshold),
        min(skip_after, policy.skip_fanout_after_seconds or skip_after) * 1000,
    )


def build_read(author_id: int, size: int, inactive_after_days: int, now_ms: int) -> FollowerRead:
    """Return the question for the followers of a post.

    Followers that are left out have been away for a day already, so their heads no longer count.
    """
    return FollowerRead(
        author_id,
        size,
        active_since_ms=now_ms - ACTIVE_DAYS * DAY_MS,
        unseen_since_ms=passed_over_before_ms(now_ms, inactive_after_days),
    )


def build_range(
    created: PostCreated, followers: tuple[int, ...], index: int, reach: int, *, last: bool
) -> OutgoingMessage:
    """Return the message that delivers a post to a range of followers; ranges of a post spread over partitions."""
    wanted = FanoutRange(created.post_id, created.author_id, created.created_at_ms, followers, last, reach=reach)
    return OutgoingMessage(Topic.FEED_FANOUT, f"{created.post_id}:{index}", encode(wanted))


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Connect to Cassandra and PostgreSQL and hand out the handler."""
    from photo_core.stores.cassandra.posts import CassandraPosts
    from photo_core.stores.cassandra.session import CassandraSession
    from photo_core.stores.postgres.follows import PostgresFollows
    from photo_core.stores.postgres.pool import PostgresPool

    pool = PostgresPool(postgres_settings(process.source))
    session = CassandraSession(cassandra_settings(process.source))
    planned = PlannedDeliveries()
    planned.publish_metrics(process.clock)
    try:
        yield FanoutPlanner(
            follows=PostgresFollows(pool),
            posts=CassandraPosts(session),
            publisher=process.publisher,
            clock=process.clock,
            feeds=feed_settings(process.source),
            policy=process.policy,
            planned=planned,
        ).handle
    finally:
        await session.close()
        await pool.close()
