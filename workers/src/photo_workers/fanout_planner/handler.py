"""The fan-out planner: turns a post into ranges of followers, or into a pull range.

Run by `photo-workers run fanout-planner`. What brings a post to its followers is decided in `decide`; a repeated
post ends in the same feeds. It writes no feed.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from photo_core.clock import Clock
from photo_core.messages.events import FanoutRange, PostCreated, decode, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import EventPublisher, IncomingMessage, OutgoingMessage
from photo_core.ports.follows import Follows
from photo_core.ports.posts import Posts
from photo_core.settings import cassandra_settings, feed_settings, postgres_settings
from photo_workers.consume_loop import Handler
from photo_workers.fanout_planner.decide import (
    OpenRangeAndPull,
    PostToPlan,
    Pull,
    Push,
    PushAndCloseRange,
    decide,
)
from photo_workers.outcomes import DONE, Outcome, Retry
from photo_workers.process import WorkerProcess
from photo_workers.settling import settle

AUTHORS_AT_ONCE = 8
RANGE_FOLLOWERS = 500  # followers in a message: about 10 kB, some milliseconds of a worker
RANGES_AT_ONCE = 40  # ranges produced before their acknowledgement is awaited


@dataclass(frozen=True)
class FanoutPlanner:
    """Plans the fan-out of posts."""

    follows: Follows
    posts: Posts
    publisher: EventPublisher
    clock: Clock
    celebrity_threshold: int
    range_followers: int = RANGE_FOLLOWERS

    async def handle(self, batch: Sequence[IncomingMessage]) -> Sequence[Outcome]:
        """Plan every post of a batch; the posts of one author follow each other."""
        return await settle(batch, self._plan, AUTHORS_AT_ONCE)

    async def _plan(self, message: IncomingMessage) -> Outcome:
        created = decode(message.value, PostCreated)
        stored = (await self.posts.get_many([created.post_id])).get(created.post_id)
        if stored is None:
            return Retry("the post is not stored yet")
        if stored.deleted_at_ms is None:
            await self._bring(created)
        return DONE

    async def _bring(self, created: PostCreated) -> None:
        reach = await self.follows.reach(created.author_id)
        post = PostToPlan(created.post_id, self.clock.now_ms())
        match decide(reach, post, self.celebrity_threshold):
            case Push():
                await self._push(created)
            case PushAndCloseRange(to_id):
                await self._push(created)
                await self.follows.close_pull_range(created.author_id, to_id)
            case OpenRangeAndPull(from_id):
                await self.follows.open_pull_range(created.author_id, from_id)
            case Pull():
                pass

    async def _push(self, created: PostCreated) -> None:
        """Produce the ranges of all followers; only the last is marked so."""
        ready: list[OutgoingMessage] = []
        held: tuple[int, ...] = ()
        index = 0
        async for followers in self.follows.follower_ranges(created.author_id, self.range_followers):
            if held:
                ready.append(build_range(created, held, index, last=False))
                index += 1
            held = followers
            if len(ready) >= RANGES_AT_ONCE:
                await self.publisher.publish(ready)
                ready = []
        if held:
            ready.append(build_range(created, held, index, last=True))
        await self.publisher.publish(ready)


def build_range(created: PostCreated, followers: tuple[int, ...], index: int, *, last: bool) -> OutgoingMessage:
    """Return the message that delivers a post to a range of followers; ranges of a post spread over partitions."""
    wanted = FanoutRange(created.post_id, created.author_id, created.created_at_ms, followers, last)
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
    try:
        yield FanoutPlanner(
            follows=PostgresFollows(pool),
            posts=CassandraPosts(session),
            publisher=process.publisher,
            clock=process.clock,
            celebrity_threshold=feed_settings(process.source).celebrity_threshold,
        ).handle
    finally:
        await session.close()
        await pool.close()
