"""A reader sees what was pushed and what the author's pull ranges cover: no post may be in neither."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.accounts import AuthorReach, PullRange
from photo_core.domain.ids import compose, created_at_ms
from photo_workers.fanout_planner.decide import (
    CLOCK_SKEW_MS,
    OpenRangeAndPull,
    PostToPlan,
    Pull,
    Push,
    PushAndCloseRange,
    decide,
)

THRESHOLD = 10
START_MS = 1_767_225_600_000
AUTHOR = 1


def post_id(at_ms: int) -> int:
    return compose(at_ms, 0, 0)


def planned(count: int, open_from: int | None, post: int) -> object:
    open_range = None if open_from is None else PullRange(AUTHOR, open_from)
    return decide(AuthorReach(AUTHOR, count, open_range), PostToPlan(post, created_at_ms(post)), THRESHOLD)


def test_an_author_below_the_threshold_is_pushed() -> None:
    assert planned(9, None, post_id(START_MS)) == Push()


def test_an_author_at_the_threshold_is_pulled_from_this_post_on() -> None:
    assert planned(10, None, post_id(START_MS)) == OpenRangeAndPull(post_id(START_MS))


def test_an_author_between_keeps_the_way_of_before() -> None:
    assert planned(8, post_id(START_MS), post_id(START_MS + 1)) == Pull()
    assert planned(8, None, post_id(START_MS)) == Push()


def test_an_author_below_four_fifths_is_pushed_again_and_the_range_ends_above_all_that_was_posted() -> None:
    decision = planned(7, post_id(START_MS), post_id(START_MS + 1))
    assert isinstance(decision, PushAndCloseRange)
    assert decision.to_id >= post_id(START_MS + CLOCK_SKEW_MS)


def test_a_late_post_from_before_the_range_is_pushed() -> None:
    assert planned(10, post_id(START_MS), post_id(START_MS - 1)) == Push()


@dataclass
class Author:
    """The effects of the planner's decisions, and the reader's view of them."""

    pushed: list[int] = field(default_factory=list)
    ranges: list[PullRange] = field(default_factory=list)

    def plan(self, post: int, count: int, now_ms: int) -> None:
        open_range = next((known for known in self.ranges if known.to_id is None), None)
        match decide(AuthorReach(AUTHOR, count, open_range), PostToPlan(post, now_ms), THRESHOLD):
            case Push():
                self.pushed.append(post)
            case OpenRangeAndPull(from_id):
                self.ranges.append(PullRange(AUTHOR, from_id))
            case PushAndCloseRange(to_id):
                self.pushed.append(post)
                self.ranges = [PullRange(AUTHOR, r.from_id, r.to_id or to_id) for r in self.ranges]

    def sees(self, post: int) -> bool:
        return post in self.pushed or any(r.from_id <= post <= (r.to_id or post) for r in self.ranges)


counts = st.integers(0, 2 * THRESHOLD)


@given(st.lists(counts, max_size=40))
def test_in_order_every_post_is_seen_and_pushed_at_most_once(follower_counts: list[int]) -> None:
    author = Author()
    posts = [post_id(START_MS + index * 1_000) for index in range(len(follower_counts))]
    for post, count in zip(posts, follower_counts, strict=True):
        author.plan(post, count, created_at_ms(post))
    assert all(author.sees(post) for post in posts)
    assert len(author.pushed) == len(set(author.pushed))


@given(st.lists(st.tuples(st.integers(0, 15), counts), max_size=60))
def test_in_any_order_and_with_any_repeats_no_planned_post_is_lost(plans: list[tuple[int, int]]) -> None:
    author = Author()
    now_ms = START_MS + 16_000
    for step, (index, count) in enumerate(plans):
        author.plan(post_id(START_MS + index * 1_000), count, now_ms + step)
    assert all(author.sees(post_id(START_MS + index * 1_000)) for index, _ in plans)


@given(st.lists(st.integers(8, 9), max_size=20), st.booleans())
def test_counts_near_the_threshold_do_not_flap(follower_counts: list[int], pulled: bool) -> None:  # noqa: FBT001
    author = Author(ranges=[PullRange(AUTHOR, post_id(START_MS))] if pulled else [])
    before = list(author.ranges)
    for index, count in enumerate(follower_counts):
        author.plan(post_id(START_MS + index), count, START_MS + index)
    assert author.ranges == before
