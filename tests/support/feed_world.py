"""A whole feed path in memory: truth, planner, fan-out and API service, stepped one effect at a time.

Used by the model-based test of the feed. The truth kept here is so plain that it doubles as the oracle; the decisions
on the way (planner, heads, merge, visibility) are the platform's own.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from photo_app.feed.service import FeedService, FeedTruth
from photo_app.side_tasks import SideTasks
from photo_core.domain.accounts import AuthorReach, FollowGraph, PullRange
from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.ids import smallest_at
from photo_core.domain.posts import Post
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.runtime_policy import FakeRuntimePolicies
from photo_core.feeds.rebuilds import Rebuilds
from photo_core.feeds.timelines import FreshTimelines, Timelines
from photo_workers.fanout_planner.decide import (
    Limits,
    OpenRangeAndPull,
    PostToPlan,
    Pull,
    Push,
    PushAndCloseRange,
    closing_id,
    decide,
)

NEVER_MS = 1 << 60  # no post of the model waits for so long


class Delivery(Struct, frozen=True):
    """A message on feed.fanout."""

    post_id: int
    followers: tuple[int, ...]


class Truth:
    """Follow graph, pull ranges, posts and timelines: what Follows and Posts need for feeds."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.posts: dict[int, Post] = {}
        self.followees: dict[int, set[int]] = defaultdict(set)
        self.versions: dict[int, int] = defaultdict(int)
        self.ranges: list[PullRange] = []

    def post(self, author_id: int, age_ms: int) -> int:
        """Store a post whose id was minted some time ago, as a retried request's was."""
        self.clock.advance(0.001)
        post_id = smallest_at(self.clock.now_ms() - age_ms)
        while post_id in self.posts:
            post_id += 1
        self.posts[post_id] = Post(post_id, author_id, "", (), "", self.clock.now_ms())
        return post_id

    def delete(self, post_id: int) -> None:
        post = self.posts[post_id]
        self.posts[post_id] = Post(post_id, post.author_id, "", (), "", post.created_at_ms, deleted_at_ms=1)

    def set_follow(self, viewer_id: int, author_id: int, *, following: bool) -> None:
        if (author_id in self.followees[viewer_id]) != following:
            self.followees[viewer_id] ^= {author_id}
            self.versions[viewer_id] += 1

    def followers(self, author_id: int) -> tuple[int, ...]:
        return tuple(viewer for viewer, followees in self.followees.items() if author_id in followees)

    def open_range(self, author_id: int) -> PullRange | None:
        return next((each for each in self.ranges if each.author_id == author_id and each.to_id is None), None)

    def reach(self, author_id: int) -> AuthorReach:
        return AuthorReach(author_id, len(self.followers(author_id)), self.open_range(author_id))

    def close_range(self, author_id: int, to_id: int) -> None:
        opened = self.open_range(author_id)
        assert opened is not None
        self.ranges.remove(opened)
        self.ranges.append(PullRange(author_id, opened.from_id, to_id))

    def feed(self, viewer_id: int) -> list[int]:
        """The oracle: every post that the viewer's whole feed holds, newest first."""
        authors = {viewer_id, *self.followees[viewer_id]}
        live = (post for post in self.posts.values() if post.deleted_at_ms is None)
        return sorted((post.post_id for post in live if post.author_id in authors), reverse=True)

    async def graph(self, viewer_id: int) -> FollowGraph:
        followees = frozenset(self.followees[viewer_id])
        ranges = tuple(each for each in self.ranges if each.author_id in followees)
        return FollowGraph(viewer_id, self.versions[viewer_id], followees, ranges)

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Post]:
        return {post_id: self.posts[post_id] for post_id in post_ids if post_id in self.posts}

    async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
        live = (post for post in self.posts.values() if post.author_id == author_id and post.deleted_at_ms is None)
        return sorted((post.post_id for post in live if post.post_id < before_id), reverse=True)[:limit]


class Gates:
    """Where the steps of background work wait until the test lets one of them through."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[None]] = []

    async def wait(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self.waiting.append(future)
        await future

    def open_one(self, index: int) -> None:
        self.waiting.pop(index % len(self.waiting)).set_result(None)


class Gated:
    """Any port, with every call of its methods waiting at a gate before and after its effect."""

    def __init__(self, port: Any, gates: Gates) -> None:
        self._port = port
        self._gates = gates

    def __getattr__(self, name: str) -> Any:
        async def gated(*arguments: Any) -> Any:
            await self._gates.wait()
            try:
                return await getattr(self._port, name)(*arguments)
            finally:
                await self._gates.wait()

        return gated


class FeedWorld:
    """The feed path over one truth and one cache.

    Args:
        cap: ids kept in a head.
        threshold: followers from which an author is pulled.
    """

    def __init__(self, cap: int, threshold: int) -> None:
        self.cap = cap
        self.threshold = threshold
        self.clock = FakeClock()
        self.truth: Any = Truth(self.clock)
        self.cache = FakeFeedCache(cap)
        self.policies = FakeRuntimePolicies()
        self.gates = Gates()
        self.side_tasks = SideTasks()
        self.created: list[int] = []
        self.deliveries: list[Delivery] = []
        self.pods = (self._service(), self._service())

    def plan(self, index: int) -> None:
        """Plan one waiting post as the planner does; the message stays if its redelivery is drawn."""
        post_id = self.created[index % len(self.created)]
        post = self.truth.posts[post_id]
        wanted = PostToPlan(post_id, self.clock.now_ms())
        match decide(self.truth.reach(post.author_id), wanted, Limits(self.threshold, NEVER_MS)):
            case Push():
                self._push(post)
            case PushAndCloseRange():
                self._push(post)
                self.truth.close_range(post.author_id, closing_id(self.clock.now_ms()))
            case OpenRangeAndPull(from_id):
                self.truth.ranges.append(PullRange(post.author_id, from_id))
            case Pull():
                pass

    async def deliver(self, index: int) -> None:
        """Deliver one waiting message as the fan-out worker does."""
        delivery = self.deliveries[index % len(self.deliveries)]
        await self.cache.append(delivery.post_id, delivery.followers)

    async def step(self, index: int) -> None:
        """Let one step of the rebuilds under way through."""
        if self.gates.waiting:
            self.gates.open_one(index)
        await self._turn()

    async def settle(self) -> None:
        """Let every message and rebuild through."""
        for at in range(len(self.created)):
            self.plan(at)
        for at in range(len(self.deliveries)):
            await self.deliver(at)
        self.created.clear()
        self.deliveries.clear()
        await self.finish_rebuilds()

    async def finish_rebuilds(self) -> None:
        await self._turn()
        while self.gates.waiting:
            await self.step(0)

    async def read(self, viewer_id: int, pod: int) -> None:
        """Read the first post, which starts a rebuild where one is needed."""
        await self.pods[pod].page(viewer_id, BEYOND_ALL, 1)
        await self._turn()

    async def walk(self, viewer_id: int, before_id: int, limit: int) -> tuple[list[int], set[str]]:
        """Read pages to the end and return all ids and the modes in which they were answered."""
        walked: list[int] = []
        modes: set[str] = set()
        while True:
            served = await self.pods[limit % 2].page(viewer_id, before_id, limit)
            assert len(served.page.posts) <= limit
            walked += [post.post_id for post in served.page.posts]
            modes.add(served.mode)
            if served.page.next_before_id is None:
                return walked, modes
            before_id = served.page.next_before_id

    def _push(self, post: Post) -> None:
        followers: Sequence[int] = self.truth.followers(post.author_id)
        for half in (tuple(followers[::2]), tuple(followers[1::2])):
            self.deliveries.append(Delivery(post.post_id, half))

    async def _turn(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    def _service(self) -> FeedService:
        gated_cache: Any = Gated(self.cache, self.gates)
        gated_truth: Any = Gated(self.truth, self.gates)
        rebuilds = Rebuilds(gated_cache, gated_truth, FreshTimelines(gated_truth), self.cap)
        truth = FeedTruth(self.truth, self.truth, Timelines(self.truth))
        return FeedService(truth, self.cache, rebuilds, self.side_tasks, self.policies.current)


def newest_first_without_repeats(post_ids: Sequence[int]) -> bool:
    """Return whether ids strictly descend."""
    return all(newer > older for newer, older in pairwise(post_ids))
