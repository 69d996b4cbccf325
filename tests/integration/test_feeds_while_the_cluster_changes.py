"""Slots that move and masters that change while feeds are written and read: nothing acknowledged is missed.

Run on the Redis Cluster that the environment names, which is left as it was found. The writer appends and remembers
what was acknowledged; the reader checks each head that claims to be whole against that, and rebuilds those that do not
from all posts made, as the API does from timelines.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from redis.crc import key_slot

from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.feed.layout import feed_key
from photo_core.engines.redis import redis_settings
from photo_core.errors import EngineUnavailable
from photo_core.settings import FeedSettings, process_source
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.feeds import RedisFeedCache
from tests.support.cluster_nodes import ClusterNodes
from tests.support.event_logs import eventually

pytestmark = pytest.mark.real
GRAPH = 1
SECONDS = 20.0
MOVED_SLOTS = 4
VIEWERS = 60
FIRST_POST = 1 << 61
PACE_SECONDS = 0.005  # between two posts: without a pause the writer leaves no time for whoever changes the cluster
NEWEST = 2_000  # posts that are looked for: more than a head holds, so that one that claims more is found out


@dataclass
class Traffic:
    """A writer and a reader of some feeds, and what they have seen."""

    feeds: RedisFeedCache
    viewers: Sequence[int]
    made: list[int] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    whole: int = 0
    rebuilt: int = 0
    failures: list[str] = field(default_factory=list)

    async def write(self) -> None:
        """Make posts and append them; one that is not acknowledged is appended again, as the worker does."""
        while True:
            post_id = FIRST_POST + len(self.made)
            self.made.append(post_id)
            await eventually(partial(self._append, post_id), SECONDS)
            self.acknowledged.append(post_id)
            await asyncio.sleep(PACE_SECONDS)

    async def read(self) -> None:
        """Read and check feed after feed."""
        while True:
            for viewer in self.viewers:
                await self.check(viewer)

    async def check(self, viewer: int) -> None:
        """Read a feed: whole and complete, or rebuilt."""
        expected = set(self.acknowledged[-NEWEST:])
        try:
            cached = await self.feeds.read(viewer)
            head = whole_head(cached.head, cached.epoch, GRAPH)
            if head is None:
                await self.rebuild(viewer)
            else:
                self.whole += 1
                missing = {each for each in expected if each >= head.complete_down_to} - set(head.post_ids)
                assert not missing, f"{len(missing)} acknowledged posts are not in a whole head"
        except EngineUnavailable as unavailable:
            self.failures.append(unavailable.detail)
            await asyncio.sleep(0.02)

    async def rebuild(self, viewer: int) -> None:
        """Rebuild from all posts that were made until after the rebuild began."""
        nonce = await self.feeds.begin_rebuild(viewer)
        found = tuple(reversed(self.made[-800:]))
        floor = found[-1] if len(found) == 800 else 0
        self.rebuilt += await self.feeds.finish_rebuild(viewer, nonce, FeedHead(found, floor), GRAPH)

    async def _append(self, post_id: int) -> bool:
        try:
            await self.feeds.append(post_id, self.viewers)
        except EngineUnavailable:
            return False
        return True


@pytest.fixture
async def cluster() -> AsyncIterator[ClusterNodes]:
    opened = ClusterNodes()
    masters, owners = (await opened.masters()).values(), await opened.owners()
    yield opened
    await opened.restore(masters, owners)
    await opened.close()


@contextlib.asynccontextmanager
async def traffic_on(slots: Sequence[int]) -> AsyncIterator[Traffic]:
    """Write and read feeds of these slots until the block ends; what either finds wrong is raised."""
    settings = redis_settings(process_source())
    prefix = f"{settings.key_prefix}changes:"
    client = RedisClusterClient(settings)
    traffic = Traffic(RedisFeedCache(client, prefix, FeedSettings(inactive_after_days=1)), viewers_in(prefix, slots))
    try:
        for viewer in traffic.viewers:
            await traffic.rebuild(viewer)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(traffic.write()), group.create_task(traffic.read())]
            yield traffic
            for task in tasks:
                task.cancel()
        for viewer in traffic.viewers:
            await traffic.check(viewer)
    finally:
        await client.close()


def viewers_in(prefix: str, slots: Sequence[int]) -> list[int]:
    """Return viewers whose feeds are in these slots."""
    wanted = set(slots)
    found: list[int] = []
    while len(found) < VIEWERS:
        viewer = secrets.randbits(62)
        if key_slot(feed_key(prefix, viewer)) in wanted:
            found.append(viewer)
    return found


async def more(traffic: Traffic) -> None:
    """Let some more be written and read."""
    posts, reads = len(traffic.acknowledged) + 20, traffic.whole + VIEWERS

    async def happened() -> bool:
        return len(traffic.acknowledged) >= posts and traffic.whole >= reads

    await eventually(happened, SECONDS)


async def test_slots_that_move_there_and_back_lose_nothing(cluster: ClusterNodes) -> None:
    first = secrets.randbelow(16_384 - MOVED_SLOTS)
    slots = range(first, first + MOVED_SLOTS)
    before, masters = await cluster.owners(), list(await cluster.masters())
    async with traffic_on(slots) as traffic:
        await more(traffic)
        for back in (False, True):
            for slot in slots:
                other = next(name for name in masters if name != before[slot])
                await cluster.move(slot, *((other, before[slot]) if back else (before[slot], other)))
            await more(traffic)
    assert await cluster.owners() == before
    assert traffic.failures == []
    assert traffic.rebuilt > VIEWERS


async def test_a_head_that_survives_a_failover_as_whole_has_every_acknowledged_post(cluster: ClusterNodes) -> None:
    master, address = next(iter((await cluster.masters()).items()))
    replica = await cluster.replica_of(master)
    slots = [slot for slot, owner in enumerate(await cluster.owners()) if owner == master]
    async with traffic_on(slots) as traffic:
        await more(traffic)
        await cluster.fail_over(replica)
        await more(traffic)
        promoted = next(name for name, at in (await cluster.masters()).items() if at == replica)
        assert await cluster.replica_of(promoted) == address
        await cluster.fail_over(address, "FORCE")
        await more(traffic)
    assert traffic.rebuilt > 2 * VIEWERS
