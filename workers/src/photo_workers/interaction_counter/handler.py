"""The interaction counter: keeps the counts of posts exact under redelivery, and writes them to the post cache.

Run by `photo-workers run interaction-counter`. A post's events stand in one partition, so one consumer counts them,
and its row holds the position of the last one counted in. That rests on the order of the topic, so nothing that may
still be counted leaves it: an engine that is away holds the batch in place. What comes back by the retry topic has
lost its place; its post is counted again by the `reconciler`, which runs beside the consumer.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from photo_core.clock import Clock
from photo_core.domain.interactions import Tally
from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.redis import redis_settings
from photo_core.errors import EngineUnavailable, PermanentFailure
from photo_core.messages.events import CountsEvent, decode_counts_event
from photo_core.messages.topics import Topic
from photo_core.ports.counters import Counters, Touches
from photo_core.ports.events import IncomingMessage
from photo_core.ports.post_cache import PostCache
from photo_core.telemetry.metrics import COUNTER_UPDATE_LAG
from photo_workers.consume_loop import Handler
from photo_workers.interaction_counter.changes import build_counts, build_tallies, change_of
from photo_workers.interaction_counter.reconciler import Reconciler, Rows
from photo_workers.outcomes import DONE, Dead, Settled
from photo_workers.process import WorkerProcess

LOG = structlog.get_logger(__name__)
Read = tuple[IncomingMessage, CountsEvent]


@dataclass(frozen=True)
class InteractionCounter:
    """Counts a batch at a time: one read and one write a post."""

    counters: Counters
    touches: Touches
    post_cache: PostCache
    clock: Clock

    async def handle(self, batch: Sequence[IncomingMessage]) -> Sequence[Settled]:
        """Count a batch; the same batch again changes nothing."""
        events = [_read(message) for message in batch]
        read = [(m, event) for m, event in zip(batch, events, strict=True) if not isinstance(event, Dead)]
        in_place = [(m, event) for m, event in read if m.topic == Topic.INTERACTIONS]
        if in_place:
            await self._count(in_place)
        await self._schedule_recount({event.post_id for m, event in read if m.topic != Topic.INTERACTIONS})
        return [event if isinstance(event, Dead) else DONE for event in events]

    async def _count(self, read: Sequence[Read]) -> None:
        changes = [change_of(event, message) for message, event in read]
        held = await self.counters.get_many({change.post_id for change in changes})
        tallies = build_tallies(held, changes)
        await self.counters.store([tally for tally in tallies if tally != held.get(tally.post_id)])
        await self._update_post_cache(tallies)  # all of them: a crash may have come between the two
        for _, event in read:
            COUNTER_UPDATE_LAG.observe(max(0, self.clock.now_ms() - event.at_ms) / 1000)

    async def _update_post_cache(self, tallies: Sequence[Tally]) -> None:
        """Update the post cache; if that fails, the next count of the post or the reconciler does it."""
        try:
            await self.post_cache.set_counts(build_counts(tallies))
        except EngineUnavailable as unavailable:
            LOG.warning("counts not told to the post cache", posts=len(tallies), detail=unavailable.detail)

    async def _schedule_recount(self, post_ids: set[int]) -> None:
        now_ms = self.clock.now_ms()
        await asyncio.gather(*(self.touches.touch(post_id, now_ms) for post_id in post_ids))


def _read(message: IncomingMessage) -> CountsEvent | Dead:
    try:
        return decode_counts_event(message.value)
    except PermanentFailure as failure:
        return Dead(str(failure))


@asynccontextmanager
async def open_handler(process: WorkerProcess) -> AsyncIterator[Handler]:
    """Connect to Cassandra and Redis and hand out the handler; the reconciler runs as long as it is open."""
    from photo_core.stores.cassandra.comments import CassandraComments
    from photo_core.stores.cassandra.counters import CassandraCounters, CassandraTouches
    from photo_core.stores.cassandra.likes import CassandraLikes
    from photo_core.stores.cassandra.session import CassandraSession
    from photo_core.stores.redis.client import RedisClusterClient
    from photo_core.stores.redis.post_cache import RedisPostCache

    redis = redis_settings(process.source)
    session, client = CassandraSession(cassandra_settings(process.source)), RedisClusterClient(redis)
    counters, touches = CassandraCounters(session), CassandraTouches(session)
    post_cache = RedisPostCache(client, redis.key_prefix)
    rows = Rows(CassandraLikes(session), CassandraComments(session), counters, touches, post_cache)
    try:
        async with asyncio.TaskGroup() as tasks:  # a reconciler that fails ends the process
            reconciler = Reconciler(rows, process.publisher, process.clock)
            reconciling = tasks.create_task(reconciler.run(process.draining))
            yield InteractionCounter(counters, touches, post_cache, process.clock).handle
            reconciling.cancel()
    finally:
        await client.close()
        await session.close()
