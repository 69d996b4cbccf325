"""The model of the feed over the real stores: people act at once on two pods, workers are called in between.

Kafka's place is the test's, so that messages come late, twice and in any order; the stores are real, and Redis forgets
heads, posts and the lives of its masters as far as a test may make it. A failing story is printed with its seed.
"""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import pytest

from photo_app.authentication.tokens import Viewer
from photo_app.composition.connections import Connections, build_ports
from photo_core.clock import SystemClock
from photo_core.domain.feed.cached_post import post_key
from photo_core.domain.feed.layout import EPOCH_DIGITS, decode, encode, feed_key
from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.runtime_policy import FeedMode
from photo_core.engines.redis import RedisVariable, redis_settings
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.messages.topics import Group
from photo_core.settings import FeedSettings, Source, Variable, feed_settings, process_source
from photo_core.stores.cassandra.erasure import CassandraInteractionErasure
from photo_core.stores.postgres.rebuild_runs import PostgresRebuildRuns
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command
from tests.support.engines import cassandra, postgres
from tests.support.feed_changes import CHANGES, graph_change
from tests.support.feed_oracle import Oracle
from tests.support.feed_world import PODS, FeedWorld

pytestmark = pytest.mark.real
BUDGET_SECONDS = 40.0  # for the stories; the last one is finished
PEOPLE, MOMENTS = 4, 14
MANY = 10_000


class RealEngines:
    """The stores of this process's environment, always up, with Redis keys of this test's own."""

    def __init__(self, source: Source, connections: Connections) -> None:
        self.clock = SystemClock()
        self.ports = build_ports(source, connections)
        self.erasure = CassandraInteractionErasure(connections.cassandra)
        self.rebuild_runs = PostgresRebuildRuns(connections.postgres)
        self.redis_is_up = self.truth_is_up = True
        self._redis = connections.redis
        self._prefix = redis_settings(source).key_prefix

    def let_time_pass(self, seconds: float) -> None:
        """Leave time alone."""

    async def learn(self, oracle: Oracle) -> None:
        raise AssertionError(f"every request is answered here: {oracle}")

    async def posts_of(self, author: int) -> set[int]:
        return set(await self.ports.posts.timeline(author, BEYOND_ALL, MANY))

    async def evict(self, viewer: int) -> None:
        key = feed_key(self._prefix, viewer)
        await self._redis.run(Command(key, (b"DEL", key)))

    async def forget_posts(self, post_ids: Iterable[int]) -> None:
        for post_id in post_ids:
            key = post_key(self._prefix, post_id)
            await self._redis.run(Command(key, (b"DEL", key)))

    async def change_epoch(self, viewer: int) -> None:
        """Leave a head as it was written under another life of its master, as a failover does."""
        head = decode((await self.ports.feeds.read(viewer)).head)
        if head is not None:
            key = feed_key(self._prefix, viewer)
            value = encode(msgspec.structs.replace(head, epoch="0" * EPOCH_DIGITS))
            await self._redis.run(Command(key, (b"SET", key, value)))


class RealWorld(FeedWorld):
    """A world in which nothing is lost on the way to Kafka, so that neither relay nor reconciler has work."""

    async def settle(self) -> None:
        for pod in self.pods:
            pod.policies.become(FeedMode.PUSH)
        while not self.mail.is_empty():
            for group in self.mail.subscriptions:
                await self.work_off(group)
        await self.counts_are_told()


class Story:
    """What happens among some people who are new for it.

    Args:
        engines: the real ones.
        limits: of the feeds.
        seed: makes the story.
    """

    def __init__(self, engines: RealEngines, limits: FeedSettings, seed: int) -> None:
        self.engines = engines
        self.world = RealWorld(engines, limits)
        self.random = random.Random(seed)
        self.told: list[str] = []

    async def run(self) -> None:
        """Let some things happen at once, again and again; then all is quiet and every feed must be right."""
        for _ in range(PEOPLE):
            await self.world.register()
        for number in range(PEOPLE):
            await self.change("follow", self.world.people[number], self.world.people[(number + 1) % PEOPLE])
        for _ in range(MOMENTS):
            await asyncio.gather(self.one_change(), *(self.something() for _ in range(self.random.randint(1, 4))))
        await self.world.settle()
        for _ in range(2):
            for pod in self.world.pods:
                for viewer in self.world.people:
                    await self.world.walk_equals_the_oracle(pod, viewer, self.random.randint(1, 5))
            await asyncio.gather(*(pod.services.side_tasks.finish() for pod in self.world.pods))
        await self.world.counts_equal_the_oracle()

    def one_change(self) -> Coroutine[Any, Any, None]:
        one, other = self.random.sample(self.world.people, 2)
        return self.change(self.random.choice(["follow", *CHANGES]), one, other)

    def change(self, what: str, one: Viewer, other: Viewer) -> Coroutine[Any, Any, None]:
        self.told.append(f"{what} {one.user_id} {other.user_id}")
        return graph_change(self.world, self.pod(), what, (one, other))

    def something(self) -> Coroutine[Any, Any, object]:
        what = self.random.choice([self.post, self.delete, self.like, self.read, self.read, self.work, self.mishap])
        self.told.append(what.__name__)
        return what()

    async def post(self) -> None:
        author = self.random.choice(self.world.people)
        for _ in range(self.random.choice([1, 1, 3])):
            await self.world.post(self.pod(), author)

    async def delete(self) -> None:
        if free := self.free_posts():
            post_id = self.random.choice(free)
            author = self.world.person(self.world.oracle.authors[post_id])
            await self.world.delete(self.pod(), author, post_id)

    async def like(self) -> None:
        if self.world.oracle.authors:
            post_id = self.random.choice(sorted(self.world.oracle.authors))
            viewer = self.random.choice(self.world.people)
            under_way = (viewer.user_id, post_id) in self.world.books.unanswered_likes
            if self.world.oracle.authors[post_id] == viewer.user_id and not under_way:  # nothing can come between
                await self.world.like(self.pod(), viewer, post_id, liked=self.random.random() < 0.7)

    async def read(self) -> None:
        viewer = self.random.choice(self.world.people)
        await self.world.walk(self.pod(), viewer, BEYOND_ALL, self.random.randint(1, 5))

    async def work(self) -> None:
        group = self.random.choice([Group.FANOUT_PLANNER, Group.FANOUT_WORKERS, Group.PURGE, Group.INTERACTION_COUNTER])
        subscription = self.world.mail.subscriptions[group]
        if self.random.random() < 0.3:
            subscription.rewind(2)
        if batch := subscription.batch(self.random.randint(0, 9), 3):
            await self.world.work(group, batch)

    async def mishap(self) -> None:
        viewer = self.random.choice(self.world.people).user_id
        match self.random.choice(["evict", "fail over", "forget posts", "restart", "mode"]):
            case "evict":
                await self.engines.evict(viewer)
            case "fail over":
                await self.engines.change_epoch(viewer)
            case "forget posts":
                await self.engines.forget_posts(self.free_posts())
            case "restart":
                self.world.pods[1] = self.world.platform.start_pod()
            case "mode":
                self.pod().policies.become(self.random.choice([FeedMode.PUSH, FeedMode.PULL, FeedMode.REBUILDING]))

    def free_posts(self) -> list[int]:
        """Return the posts that nobody is about to delete."""
        return sorted(self.world.oracle.authors.keys() - self.world.books.unanswered_deletions)

    def pod(self) -> Any:
        return self.world.pods[self.random.randrange(PODS)]


@asynccontextmanager
async def real_engines() -> AsyncIterator[tuple[RealEngines, FeedSettings]]:
    """Open the stores with small heads, a keyspace of the tests' own and Redis keys of this test's own."""
    own = process_source()
    changed: dict[str, str] = {
        Variable.FEED_CAP: "4",
        Variable.CELEBRITY_THRESHOLD: "3",
        RedisVariable.KEY_PREFIX: f"model-{secrets.token_hex(4)}:",
    }
    source = Source({**own.variables, **changed}, own.secrets)
    async with AsyncExitStack() as stack:
        redis = RedisClusterClient(redis_settings(source))
        stack.push_async_callback(redis.close)
        pool, session = await stack.enter_async_context(postgres()), await stack.enter_async_context(cassandra())
        publisher = FakeEventPublisher(FakeLog(SystemClock()))
        yield (
            RealEngines(source, Connections(pool, session, redis, publisher, FakeRuntimePolicies())),
            feed_settings(source),
        )


async def test_every_feed_equals_the_oracle_whatever_happens_at_once() -> None:
    end = time.monotonic() + BUDGET_SECONDS
    stories = 0
    async with real_engines() as (engines, limits):
        while time.monotonic() < end or stories == 0:
            seed = stories  # the same stories each time; what meets in them differs all the same
            story = Story(engines, limits, seed)
            try:
                await story.run()
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}; {story.told}") from error
            stories += 1
