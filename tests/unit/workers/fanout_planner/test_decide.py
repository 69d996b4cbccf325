"""A reader sees what was pushed and what the author's pull ranges cover: no post may be in neither."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.accounts import AuthorReach, PullRange
from photo_core.domain.ids import MAX_ID, compose
from photo_core.domain.pull_ranges import closed_at, joined
from photo_workers.fanout_planner.decide import (
    CLOCK_SKEW_MS,
    Decision,
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

THRESHOLD = 10
SKIP_MS = 3_600_000
LIMITS = PullThresholds(THRESHOLD, SKIP_MS)
START_MS = 1_767_225_600_000
AUTHOR = 1


def post_id(at_ms: int) -> int:
    return compose(at_ms, 0, 0)


POST = post_id(START_MS)
BEFORE, AFTER = post_id(START_MS - 1), post_id(START_MS + 1)
ALONE = PullSinglePost(PullRange(AUTHOR, POST, POST))


@pytest.mark.parametrize(
    ("followers", "open_from", "age_ms", "decision"),
    [
        pytest.param(9, None, 0, Push(), id="below the threshold: pushed"),
        pytest.param(10, None, 0, OpenRangeAndPull(POST), id="at the threshold: pulled from this post on"),
        pytest.param(8, BEFORE, 0, Pull(), id="in between and pulled before: pulled"),
        pytest.param(8, None, 0, Push(), id="in between and pushed before: pushed"),
        pytest.param(7, BEFORE, 0, PushAndCloseRange(), id="below four fifths: pushed again"),
        pytest.param(10, AFTER, 0, Push(), id="from before the open range: pushed"),
        pytest.param(9, None, SKIP_MS - 1, Push(), id="waited, but not for too long: pushed"),
        pytest.param(9, None, SKIP_MS, ALONE, id="waited for too long: pulled alone"),
        pytest.param(10, None, SKIP_MS, ALONE, id="a celebrity's that waited: opens no range"),
        pytest.param(10, BEFORE, SKIP_MS, Pull(), id="waited and in the open range: pulled by that"),
        pytest.param(7, BEFORE, SKIP_MS, Pull(), id="waited and in the open range: does not close it"),
        pytest.param(10, AFTER, SKIP_MS, ALONE, id="waited and from before the open range: pulled alone"),
    ],
)
def test_what_brings_a_post_to_followers(
    followers: int, open_from: int | None, age_ms: int, decision: Decision
) -> None:
    open_range = None if open_from is None else PullRange(AUTHOR, open_from)
    reach = AuthorReach(AUTHOR, followers, open_range)
    assert decide(reach, PostToPlan(POST, START_MS + age_ms), LIMITS) == decision


def test_a_range_is_closed_above_all_that_may_have_been_left_to_it() -> None:
    assert closing_id(START_MS) >= post_id(START_MS + CLOCK_SKEW_MS)


@dataclass
class Author:
    """The effects of the planner's decisions, and the reader's view of them."""

    pushed: list[int] = field(default_factory=list)
    ranges: tuple[PullRange, ...] = ()

    def plan(self, post: int, count: int, now_ms: int) -> None:
        self.act(post, self.decision(post, count, now_ms), now_ms)

    def decision(self, post: int, count: int, now_ms: int) -> Decision:
        open_range = next((known for known in self.ranges if known.to_id is None), None)
        return decide(AuthorReach(AUTHOR, count, open_range), PostToPlan(post, now_ms), LIMITS)

    def act(self, post: int, decision: Decision, now_ms: int) -> None:
        match decision:
            case Push():
                self.pushed.append(post)
            case PushAndCloseRange():
                self.pushed.append(post)
                self.ranges = closed_at(self.ranges, closing_id(now_ms))
            case OpenRangeAndPull(from_id):
                self.ranges = joined([*self.ranges, PullRange(AUTHOR, from_id)])
            case PullSinglePost(range_):
                self.ranges = joined([*self.ranges, range_])

    def sees(self, post: int) -> bool:
        return post in self.pushed or any(r.from_id <= post <= (r.to_id or MAX_ID) for r in self.ranges)


counts = st.integers(0, 2 * THRESHOLD)
# of fresh posts and of such as have waited for hours
ages_ms = st.one_of(st.integers(0, 10_000), st.integers(SKIP_MS - 5_000, SKIP_MS + 5_000))


@given(st.lists(counts, max_size=40))
def test_in_order_every_post_is_seen_and_pushed_at_most_once(follower_counts: list[int]) -> None:
    author = Author()
    posts = [post_id(START_MS + index * 1_000) for index in range(len(follower_counts))]
    for index, (post, count) in enumerate(zip(posts, follower_counts, strict=True)):
        author.plan(post, count, START_MS + index * 1_000)
    assert all(author.sees(post) for post in posts)
    assert len(author.pushed) == len(set(author.pushed))


@given(st.lists(st.tuples(st.integers(0, 15), counts, ages_ms), max_size=60))
def test_in_any_order_with_any_repeats_and_any_delay_no_planned_post_is_lost(
    plans: list[tuple[int, int, int]],
) -> None:
    author = Author()
    for index, count, age_ms in plans:
        author.plan(post_id(START_MS + index), count, START_MS + index + age_ms)
    assert all(author.sees(post_id(START_MS + index)) for index, _, _ in plans)


# few values, so that what matters happens together
PASSED_MS = st.sampled_from([1, 2 * CLOCK_SKEW_MS])
AGES_MS = st.sampled_from([0, 0, 2 * CLOCK_SKEW_MS, SKIP_MS])
COUNTS = st.sampled_from([7, 8, 10])


@given(st.lists(st.tuples(PASSED_MS, AGES_MS, COUNTS), max_size=12), st.data())
def test_what_planners_decide_at_once_and_carry_out_late_loses_nothing(
    plans: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Another planner has posts of the same author from the retry topic, and a push may take minutes."""
    author, posts = Author(), []
    waiting: list[tuple[int, Decision]] = []
    now_ms = START_MS
    for passed_ms, age_ms, count in plans:
        now_ms += passed_ms
        posts.append(post_id(now_ms - age_ms))
        waiting.append((posts[-1], author.decision(posts[-1], count, now_ms)))
        for _ in range(data.draw(st.integers(0, len(waiting)))):
            author.act(*waiting.pop(data.draw(st.integers(0, len(waiting) - 1))), now_ms)
    for post, decision in waiting:
        author.act(post, decision, now_ms)
    assert all(author.sees(post) for post in posts)


@given(st.lists(st.integers(8, 9), max_size=20), st.booleans())
def test_counts_near_the_threshold_do_not_flap(follower_counts: list[int], pulled: bool) -> None:  # noqa: FBT001
    author = Author(ranges=(PullRange(AUTHOR, POST),) if pulled else ())
    before = author.ranges
    for index, count in enumerate(follower_counts):
        author.plan(post_id(START_MS + index), count, START_MS + index)
    assert author.ranges == before
