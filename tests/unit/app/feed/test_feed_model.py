"""Any interleaving of what people do, what workers do and what engines lose, against a naive oracle.

At any time a page is newest first, without repeats, and shows nothing that its viewer may not see as of the beginning
of the request. Once everything has arrived every page on every pod equals the oracle's, to the very first post, and
so do all counts.
"""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy
from photo_core.fakes.feeds import MASTERS
from photo_core.messages.topics import Group
from photo_core.settings import FeedSettings
from tests.support.feed_changes import CHANGES, graph_change
from tests.support.feed_engines import FakeEngines
from tests.support.feed_events import AMID_A_REBUILD, EVENTS, OFTEN
from tests.support.feed_platform import SUBSCRIBED
from tests.support.feed_world import PODS, FeedWorld
from tests.support.stepping import Gated, Operation, Stepper

PEOPLE = 4
people = st.integers(0, PEOPLE - 1)
pods = st.integers(0, PODS - 1)
index = st.integers(0, 30)
limits = st.integers(1, 6)
groups = st.sampled_from(sorted(SUBSCRIBED))
steps = st.integers(1, 25)
seldom = st.sampled_from([False, False, False, True])
lost_writes = st.sampled_from([0, 1, 1, 2, 6])
changes = st.sampled_from(["follow", "follow", *CHANGES])
# what happens to one viewer and one author, and how many steps of what is under way follow
happenings = st.tuples(st.sampled_from([*EVENTS, *OFTEN]), index, st.integers(0, 12))
stories = st.lists(happenings, min_size=6, max_size=24)
mishaps = st.lists(st.tuples(st.sampled_from(AMID_A_REBUILD), index, st.integers(0, 8)), min_size=2, max_size=6)


class Feeds(RuleBasedStateMachine):
    """Some people on two pods, while the platform loses data."""

    @initialize(cap=st.sampled_from([1, 4, 8]), threshold=st.integers(2, 4))
    def begin(self, cap: int, threshold: int) -> None:
        self.stepper = Stepper()
        self.engines = FakeEngines(cap)
        limits = FeedSettings(celebrity_threshold=threshold, cap=cap)
        self.world = FeedWorld(self.engines, limits, lambda port: Gated(port, self.stepper))
        self.cursors: list[int] = []
        self.changing: Operation[None] | None = None
        self.listening = [self.stepper.start(pod.listening()) for pod in self.world.pods]
        for _ in range(PEOPLE):
            self.stepper.run_freely(self.world.register())
        self.stepper.run_freely(self.world.workers.reconciler.check_touched_posts())
        for number in range(PEOPLE - 1):
            self.change("follow", number, number + 1)
            self.finish_change()
        for number in range(PEOPLE):
            self.arrive(number, 2)
        for viewer in range(PEOPLE):
            self.read(viewer, viewer % PODS, PEOPLE)
        self.stepper.drain()
        self.leave(PEOPLE - 1)

    # what people do

    @rule(author=people, pod=pods, number=st.sampled_from([1, 1, 2, 5]))
    def post(self, author: int, pod: int, number: int) -> None:
        for _ in range(number):
            self.stepper.run(self.posting(author, pod))

    @rule(author=people, pod=pods)
    def begin_to_post(self, author: int, pod: int) -> None:
        self.stepper.start(self.posting(author, pod))

    @precondition(lambda self: self.world.oracle.authors)
    @rule(at=index, pod=pods, finish=st.booleans())
    def delete(self, at: int, pod: int, finish: bool) -> None:  # noqa: FBT001 - drawn
        operation = self.stepper.start(self.deleting(self.some_post(at), pod))
        if finish:
            self.stepper.finish(operation)

    @precondition(lambda self: self.world.oracle.authors)
    @rule(viewer=people, at=index, pod=pods, liked=st.booleans())
    def like_or_unlike(self, viewer: int, at: int, pod: int, liked: bool) -> None:  # noqa: FBT001 - drawn
        self.finish_change()
        post_id = self.some_post(at)
        self.stepper.run(self.world.like(self.world.pods[pod], self.world.people[viewer], post_id, liked=liked))

    @precondition(lambda self: self.world.oracle.authors)
    @rule(viewer=people, at=index, liked=st.booleans())
    def like_or_unlike_cut_off(self, viewer: int, at: int, liked: bool) -> None:  # noqa: FBT001 - drawn
        self.cut_off(0)
        self.like_or_unlike(viewer, at, 0, liked)
        self.begin_to_walk(viewer, 1)

    @rule(one=people, other=people, pod=pods, what=changes, finish=st.booleans())
    def change_the_graph(self, one: int, other: int, pod: int, what: str, finish: bool) -> None:  # noqa: FBT001 - drawn
        self.change(what, one, other, pod)
        if finish:
            self.finish_change()

    @rule(viewer=people, pod=pods, limit=limits)
    def read(self, viewer: int, pod: int, limit: int) -> None:
        walked, _ = self.stepper.run(self.walking(viewer, pod, BEYOND_ALL, limit))
        self.cursors += walked[:2]

    @rule(viewer=people, pod=pods, limit=limits)
    def begin_to_read(self, viewer: int, pod: int, limit: int) -> None:
        self.stepper.start(self.walking(viewer, pod, BEYOND_ALL, limit))

    @precondition(lambda self: self.cursors)
    @rule(viewer=people, pod=pods, limit=limits, at=index)
    def read_from_an_old_cursor(self, viewer: int, pod: int, limit: int, at: int) -> None:
        self.stepper.run(self.walking(viewer, pod, self.cursors[at % len(self.cursors)], limit))

    # what workers do

    @rule(group=groups, at=index, size=st.integers(1, 3), again=seldom)
    def deliver(self, group: Group, at: int, size: int, again: bool) -> None:  # noqa: FBT001 - drawn
        operation = self.begin_work(group, at, size)
        if operation and again and not self.world.mail.subscriptions[group].ordered:
            self.begin_work(group, at, size)
        if operation:
            self.stepper.finish(operation)

    @rule(group=groups, at=index, size=st.integers(1, 3), how_far=steps)
    def crash_a_worker(self, group: Group, at: int, size: int, how_far: int) -> None:
        operation = self.begin_work(group, at, size)
        if operation:
            self.stepper.advance(operation, how_far)
            self.stepper.kill(operation)

    @rule(group=groups)
    def deliver_everything(self, group: Group) -> None:
        self.stepper.run(self.world.work_off(group))

    @rule(group=groups, count=st.integers(1, 4))
    def repeat_messages(self, group: Group, count: int) -> None:
        self.world.mail.subscriptions[group].rewind(count)

    @rule(author=people)
    def leave_a_post(self, author: int) -> None:
        self.leave(author)

    @rule()
    def relay(self) -> None:
        self.stepper.run(self.world.relay())

    @rule(at=index, how_many=steps)
    def let_things_go_on(self, at: int, how_many: int) -> None:
        for _ in range(how_many):
            self.stepper.step(at)

    # what breaks

    @rule(seconds=st.sampled_from([0.3, 0.6, 6.0]))
    def time_runs_out(self, seconds: float) -> None:
        self.world.time_ran_out()
        self.stepper.pass_time(seconds)

    @rule(seconds=st.sampled_from([1, 600, 4_000]))
    def time_passes(self, seconds: int) -> None:
        self.engines.clock.advance(seconds)
        self.world.just_posted.clear()

    @rule(pod=pods)
    def probe(self, pod: int) -> None:
        services = self.world.pods[pod].services
        for guard in (services.redis_guard, services.feed.cassandra_guard):
            self.stepper.run(guard.probe())

    @rule(pod=pods, mode=st.sampled_from([FeedMode.PUSH, FeedMode.PULL, FeedMode.REBUILDING]))
    def flip_the_mode(self, pod: int, mode: FeedMode) -> None:
        self.world.pods[pod].policies.become(mode)

    @rule(skip_after=st.none() | st.sampled_from([1, 600]), threshold=st.none() | st.integers(1, 3))
    def tell_the_workers(self, skip_after: int | None, threshold: int | None) -> None:
        self.world.platform.worker_policies.obey(RuntimePolicy(FeedMode.PUSH, 0, 0, skip_after, threshold))

    @rule(pod=pods)
    def restart_a_pod(self, pod: int) -> None:
        self.stepper.kill(self.listening[pod])
        self.world.pods[pod] = self.world.platform.start_pod()
        self.listening[pod] = self.stepper.start(self.world.pods[pod].listening())

    @rule()
    def restart_the_workers(self) -> None:
        self.world.workers = self.world.platform.start_workers()

    @rule(viewer=people, event=st.sampled_from(["evict", "trim"]))
    def wear_a_head(self, viewer: int, event: str) -> None:
        self.happen(event, viewer, viewer)

    @rule(master=st.integers(0, MASTERS - 1), lost=lost_writes)
    def fail_redis_over(self, master: int, lost: int) -> None:
        self.engines.fail_redis_over(master, lost)

    @rule()
    def lose_all_of_redis(self) -> None:
        self.engines.lose_all_of_redis()

    @rule(engine=st.sampled_from(["stop redis", "start redis", "stop postgres", "stop cassandra", "start"]))
    def stop_or_start(self, engine: str) -> None:
        self.happen(engine, 0, 0)

    @rule(on=seldom)
    def turn_kafka(self, on: bool) -> None:  # noqa: FBT001 - drawn
        self.world.mail.available = not on
        self.world.mail.break_lines()

    # everything at once

    @rule(viewer=people, author=people, story=stories)
    def much_happens_at_once(self, viewer: int, author: int, story: list[tuple[str, int, int]]) -> None:
        for event, at, how_many in story:
            self.happen(event, viewer, author)
            for _ in range(how_many):
                self.stepper.step(at)
        self.finish_change()
        self.stepper.drain()

    @rule(viewer=people, author=people, story=mishaps)
    def rebuild_amid_mishaps(self, viewer: int, author: int, story: list[tuple[str, int, int]]) -> None:
        self.happen("evict", viewer, author)
        self.happen("read", viewer, author)
        self.much_happens_at_once(viewer, author, story)

    def happen(self, event: str, viewer: int, author: int) -> None:
        EVENTS[event](self, viewer, author)
        self.world.watch_engines()

    # what must hold

    @rule(limit=limits, at_all=seldom)
    def come_to_rest_at_times(self, limit: int, at_all: bool) -> None:  # noqa: FBT001 - drawn
        if at_all:
            self.come_to_rest(limit)

    def come_to_rest(self, limit: int) -> None:
        self.engines.heal()
        self.world.mail.available = True
        self.finish_change()
        self.stepper.drain()
        self.stepper.pass_time(10)
        self.stepper.drain()
        self.stepper.run_freely(self.world.settle())
        self.stepper.drain()
        self.every_page_equals_the_oracle(limit)
        self.stepper.drain()
        assert self.every_page_equals_the_oracle(limit) == {FeedMode.PUSH}
        self.stepper.run_freely(self.world.counts_equal_the_oracle())

    @invariant()
    def nothing_under_way_has_failed(self) -> None:
        if hasattr(self, "stepper"):
            self.stepper.reap()

    @invariant()
    def nothing_is_kept_beyond_cap_and_slack(self) -> None:
        if hasattr(self, "engines"):
            assert all(size <= self.engines.feeds.longest for size in self.engines.feeds.sizes())

    def every_page_equals_the_oracle(self, limit: int) -> set[FeedMode]:
        return {
            mode
            for pod in self.world.pods
            for viewer in self.world.people
            for mode in self.stepper.run_freely(self.world.walk_equals_the_oracle(pod, viewer, limit))
        }

    # how the rest is said

    def arrive(self, author: int, number: int) -> None:
        """Let an author post, and each post be delivered, whatever else is under way."""
        for _ in range(number):
            self.stepper.run_freely(self.posting(author, 0))
            self.stepper.run_freely(self.world.work_off(Group.FANOUT_PLANNER))
            self.stepper.run_freely(self.world.work_off(Group.FANOUT_WORKERS))

    def leave(self, author: int) -> None:
        """Let an author post, and let the fan-out workers leave to its readers what was planned as always."""
        policies = self.world.platform.worker_policies
        policy = policies.current()
        self.stepper.run_freely(self.posting(author, 0))
        self.stepper.run_freely(self.world.work_off(Group.FANOUT_PLANNER))
        policies.obey(RuntimePolicy(FeedMode.PUSH, 0, 0, celebrity_threshold=1))
        self.stepper.run_freely(self.world.work_off(Group.FANOUT_WORKERS))
        policies.obey(policy)

    def delete_newest(self, author: int) -> None:
        if posts := self.posts_of(author):
            self.stepper.start(self.deleting(posts[-1], 0))

    def delete_and_read(self, viewer: int, author: int) -> None:
        for post_id in self.posts_of(author)[-1:]:
            self.stepper.run(self.deleting(post_id, 0))
        for pod in range(PODS):
            self.begin_to_walk(viewer, pod)

    def like_newest(self, viewer: int, author: int, *, liked: bool) -> None:
        self.finish_change()
        for post_id in self.posts_of(author)[-1:]:
            person = self.world.people[viewer]
            self.stepper.run(self.world.like(self.world.pods[0], person, post_id, liked=liked))

    def cut_off(self, pod: int) -> None:
        """Let one pod lose Redis, which goes on for the others."""
        with self.engines.redis_out_of_reach():
            self.stepper.run_freely(self.world.pods[pod].services.redis_guard.probe())

    def delete_cut_off(self, viewer: int, author: int) -> None:
        self.cut_off(0)
        self.delete_and_read(viewer, author)

    def post_cut_off(self, author: int) -> None:
        self.cut_off(0)
        self.stepper.run(self.posting(author, 0))
        self.begin_to_walk(author, 0)

    def begin_to_walk(self, viewer: int, pod: int) -> None:
        self.stepper.start(self.walking(viewer, pod, BEYOND_ALL, 3))

    def read_by_pull(self, viewer: int) -> None:
        self.world.pods[1].policies.become(FeedMode.PULL)
        self.begin_to_walk(viewer, 1)

    def rebuild_eagerly(self) -> None:
        self.stepper.run_freely(self.world.ask_for_rebuild())
        self.begin_work(Group.FEED_REBUILD, 0, 1)

    def posting(self, author: int, pod: int) -> Any:
        self.engines.clock.advance(0.001)
        return self.world.post(self.world.pods[pod], self.world.people[author])

    def deleting(self, post_id: int, pod: int) -> Any:
        author = self.world.person(self.world.oracle.authors[post_id])
        return self.world.delete(self.world.pods[pod], author, post_id)

    def walking(self, viewer: int, pod: int, before_id: int, limit: int) -> Any:
        return self.world.walk(self.world.pods[pod], self.world.people[viewer], before_id, limit)

    def change(self, what: str, one: int, other: int, pod: int = 0) -> None:
        """Begin a change of the graph; one at a time, since only PostgreSQL knows the order of two."""
        self.finish_change()
        if one != other:
            viewers = self.world.people[one], self.world.people[other]
            self.changing = self.stepper.start(graph_change(self.world, self.world.pods[pod], what, viewers))

    def finish_change(self) -> None:
        if self.changing:
            self.stepper.finish(self.changing)
            self.changing = None

    def begin_work(self, group: Group, at: int, size: int) -> Operation[None] | None:
        batch = self.world.mail.subscriptions[group].batch(at, size)
        return self.stepper.start(self.world.work(group, batch)) if batch else None

    def some_post(self, at: int) -> int:
        posts = sorted(self.world.oracle.authors)
        return posts[-1 - at % len(posts)]

    def posts_of(self, author: int) -> list[int]:
        mine = self.user(author)
        return sorted(post_id for post_id, of in self.world.oracle.authors.items() if of == mine)

    def user(self, number: int) -> int:
        return self.world.people[number].user_id

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.come_to_rest(3)
        finally:
            if hasattr(self, "stepper"):
                self.stepper.close()


TestFeeds = pytest.mark.search(Feeds.TestCase)
TestFeeds.settings = settings(settings.get_profile("model"))
