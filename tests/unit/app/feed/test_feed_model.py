"""Any interleaving of posts, deletes, follows, deliveries, losses, rebuilds and reads, against a naive oracle.

At any time a walk is newest first, without repeats, shows nothing that the viewer may not see, and lacks none of the
viewer's own posts. By pull, and once everything under way has arrived, it equals the oracle.
"""

import asyncio
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.runtime_policy import FeedMode
from photo_core.errors import EngineUnavailable
from photo_core.fakes.feeds import MASTERS
from tests.support.feed_world import FeedWorld, newest_first_without_repeats

PEOPLE = range(1, 7)
people = st.sampled_from(PEOPLE)
index = st.integers(0, 20)
limits = st.integers(1, 5)
mishaps = st.sampled_from(["arrival", "many arrivals", "lost tail", "eviction", "other pod", "follow"])


class Feeds(RuleBasedStateMachine):
    """Six people who post, follow and read while the platform loses data."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.run = self.runner.run
        self.cursors: list[int] = []
        self.down = False

    @initialize(cap=st.sampled_from([1, 3, 8]), threshold=st.integers(2, 5))
    def begin(self, cap: int, threshold: int) -> None:
        self.world = FeedWorld(cap, threshold)
        for viewer in PEOPLE:
            self.world.truth.set_follow(viewer, viewer % len(PEOPLE) + 1, following=True)

    @rule(author=people, age_ms=st.sampled_from([0, 0, 0, 3, 50]), number=st.sampled_from([1, 1, 4, 12]))
    def post(self, author: int, age_ms: int, number: int) -> None:
        for _ in range(number):
            self.world.created.append(self.world.truth.post(author, age_ms))

    @rule(author=people)
    def post_and_plan(self, author: int) -> None:
        self.world.created.append(self.world.truth.post(author, 0))
        self.world.plan(len(self.world.created) - 1)
        self.world.created.pop()

    @rule(viewer=people)
    def make_whole(self, viewer: int) -> None:
        """Read and let the rebuild that follows go through, with whatever else is under way."""
        walked, modes = self.run(self.world.walk(viewer, BEYOND_ALL, 5))
        self.check(viewer, walked, modes, BEYOND_ALL)
        self.run(self.world.finish_rebuilds())

    @rule()
    def deliver_everything(self) -> None:
        while self.world.deliveries:
            try:
                self.run(self.world.deliver(0))
            except EngineUnavailable:
                return
            self.world.deliveries.pop(0)

    @rule(viewer=people, at=index, story=st.lists(st.tuples(st.integers(0, 8), mishaps), min_size=1, max_size=5))
    def rebuild_amid(self, viewer: int, at: int, story: list[tuple[int, str]]) -> None:
        """Rebuild one feed, by one pod or both, while things happen to it between the steps."""
        self.run(self.world.read(viewer, 0))
        for steps, mishap in story:
            for _ in range(steps):
                self.run(self.world.step(at))
            self.happen(viewer, mishap)
        self.run(self.world.finish_rebuilds())

    def happen(self, viewer: int, mishap: str) -> None:
        author = viewer % len(PEOPLE) + 1
        match mishap:
            case "arrival":
                self.post_and_plan(author)
                self.deliver_everything()
            case "many arrivals":
                for _ in range(self.world.cap + 1):
                    self.post_and_plan(author)
                self.deliver_everything()
                self.world.cache.trim(viewer)
            case "lost tail":
                self.world.cache.fail_over(viewer % MASTERS, 1)
            case "eviction":
                self.world.cache.evict(viewer)
            case "other pod":
                self.run(self.world.read(viewer, 1))
            case "follow":
                self.world.truth.set_follow(viewer, (author + 1) % len(PEOPLE) + 1, following=True)

    @precondition(lambda self: self.world.truth.posts)
    @rule(at=index)
    def delete(self, at: int) -> None:
        self.world.truth.delete(sorted(self.world.truth.posts)[-1 - at % len(self.world.truth.posts)])

    @rule(viewer=people, authors=st.sets(people, min_size=1), following=st.sampled_from([True, True, False]))
    def follow_or_unfollow(self, viewer: int, authors: set[int], following: bool) -> None:  # noqa: FBT001 - drawn
        for author in authors - {viewer}:
            self.world.truth.set_follow(viewer, author, following=following)

    @precondition(lambda self: self.world.created)
    @rule(at=index, again=st.sampled_from([False, False, True]))
    def plan(self, at: int, again: bool) -> None:  # noqa: FBT001 - drawn
        self.world.plan(at)
        if not again:
            self.world.created.pop(at % len(self.world.created))

    @precondition(lambda self: self.world.deliveries)
    @rule(at=index, again=st.sampled_from([False, False, True]))
    def deliver(self, at: int, again: bool) -> None:  # noqa: FBT001 - drawn
        try:
            self.run(self.world.deliver(at))
        except EngineUnavailable:
            return
        if not again:
            self.world.deliveries.pop(at % len(self.world.deliveries))

    @rule(viewer=people, limit=limits)
    def read(self, viewer: int, limit: int) -> None:
        walked, modes = self.run(self.world.walk(viewer, BEYOND_ALL, limit))
        self.check(viewer, walked, modes, BEYOND_ALL)
        self.cursors += walked[:2]

    @precondition(lambda self: self.cursors)
    @rule(viewer=people, limit=limits, at=index)
    def read_from_an_old_cursor(self, viewer: int, limit: int, at: int) -> None:
        before_id = self.cursors[at % len(self.cursors)]
        walked, modes = self.run(self.world.walk(viewer, before_id, limit))
        self.check(viewer, walked, modes, before_id)

    @rule(at=index, steps=st.integers(1, 12))
    def let_rebuilds_go_on(self, at: int, steps: int) -> None:
        for _ in range(steps):
            self.run(self.world.step(at))

    @rule(mode=st.sampled_from([FeedMode.PUSH, FeedMode.PULL, FeedMode.REBUILDING]))
    def flip_the_mode(self, mode: FeedMode) -> None:
        self.world.policies.become(mode)

    @rule(viewer=people)
    def trim(self, viewer: int) -> None:
        self.world.cache.trim(viewer)

    @rule(master=st.integers(0, MASTERS - 1), lost_writes=st.sampled_from([1, 1, 2, 6]))
    def fail_over(self, master: int, lost_writes: int) -> None:
        self.world.cache.fail_over(master, lost_writes)

    @rule()
    def lose_everything(self) -> None:
        self.world.cache.lose_everything()
        self.down = False

    @rule(down=st.booleans())
    def stop_or_restart_redis(self, down: bool) -> None:  # noqa: FBT001 - drawn
        self.down = down
        if down:
            self.world.cache.fail()
        else:
            self.world.cache.recover()

    @rule(limit=limits)
    def come_to_rest(self, limit: int) -> None:
        """Let everything arrive; then every feed is complete, and after a rebuild it is so by push."""
        if self.down:
            self.world.cache.recover()
            self.down = False
        self.world.policies.become(FeedMode.PUSH)
        self.run(self.world.settle())
        for viewer in PEOPLE:
            self.walk_equals_the_oracle(viewer, limit)
            self.run(self.world.finish_rebuilds())
            assert self.walk_equals_the_oracle(viewer, limit) == {FeedMode.PUSH}

    @invariant()
    def nothing_is_kept_beyond_cap_and_slack(self) -> None:
        assert all(size <= self.world.cache.longest for size in self.world.cache.sizes())

    def walk_equals_the_oracle(self, viewer: int, limit: int) -> set[Any]:
        walked, modes = self.run(self.world.walk(viewer, BEYOND_ALL, limit))
        assert walked == self.world.truth.feed(viewer)
        return modes

    def check(self, viewer: int, walked: list[int], modes: set[Any], before_id: int) -> None:
        truth = self.world.truth
        whole = [post_id for post_id in truth.feed(viewer) if post_id < before_id]
        own = {post_id for post_id in whole if truth.posts[post_id].author_id == viewer}
        assert newest_first_without_repeats(walked)
        assert own <= set(walked) <= set(whole)
        if FeedMode.PUSH not in modes:
            assert walked == whole

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.come_to_rest(3)
            self.run(self.world.side_tasks.finish())
        self.runner.close()


TestFeeds = Feeds.TestCase
TestFeeds.settings = settings(
    max_examples=120, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
