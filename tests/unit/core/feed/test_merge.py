"""Merging head and timelines: the same ids as the naive union, and no timeline read without need."""

from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.accounts import FollowGraph, PullRange
from photo_core.domain.feed.head import FeedHead
from photo_core.domain.feed.merge import (
    BEYOND_ALL,
    LONGEST_READ,
    Below,
    Interval,
    Merge,
    TimelineRead,
    absorb,
    descend,
    start,
    take,
    wanted,
)

VIEWER = 1


class World:
    """Timelines in memory that remember who was asked."""

    def __init__(self, timelines: dict[int, list[int]]) -> None:
        self.timelines = timelines
        self.asked: list[TimelineRead] = []

    def read(self, read: TimelineRead) -> list[int]:
        self.asked.append(read)
        below = [post_id for post_id in self.timelines.get(read.author_id, []) if post_id < read.before_id]
        return sorted(below, reverse=True)[: read.limit]

    def next_ids(self, merge: Merge, count: int) -> tuple[tuple[int, ...], Merge]:
        merge = descend(merge, count)
        while reads := wanted(merge, count):
            merge = descend(absorb(merge, {read: self.read(read) for read in reads}), count)
        return take(merge, count)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[FollowGraph, FeedHead | None, dict[int, list[int]]]:
    """A viewer, three followees, their posts, pull ranges, and a head that holds what was pushed."""
    authors = draw(st.lists(st.sampled_from([VIEWER, 2, 3, 4]), max_size=60))
    timelines: dict[int, list[int]] = {}
    for post_id, author in enumerate(authors, start=1):
        timelines.setdefault(author, []).append(post_id)
    bounds = st.tuples(st.integers(1, 4), st.integers(1, 60), st.none() | st.integers(1, 60))
    ranges = tuple(PullRange(*bound) for bound in draw(st.lists(bounds, max_size=4)))
    graph = FollowGraph(VIEWER, 1, frozenset({2, 3, 4}), ranges)
    if draw(st.booleans()):
        return graph, None, timelines
    floor = draw(st.integers(0, 61))
    pushed = {
        post_id
        for author, post_ids in timelines.items()
        for post_id in post_ids
        if post_id >= floor and not any(covers(each, author, post_id) for each in ranges)
    }
    also = draw(st.sets(st.sampled_from(range(1, len(authors) + 1)))) if authors else set()
    kept = pushed | {post_id for post_id in also if post_id >= floor}
    return graph, FeedHead(tuple(sorted(kept, reverse=True)), floor), timelines


def covers(pulled: PullRange, author: int, post_id: int) -> bool:
    upper = BEYOND_ALL if pulled.to_id is None else pulled.to_id
    return pulled.author_id == author and pulled.from_id <= post_id <= upper


@given(scenes(), st.integers(1, 70), st.integers(1, 7))
def test_any_walk_yields_every_id_once_newest_first(
    scene: tuple[FollowGraph, FeedHead | None, dict[int, list[int]]], before: int, count: int
) -> None:
    graph, head, timelines = scene
    world, merge = World(timelines), start(graph, head, before)
    walked: list[int] = []
    while True:
        taken, merge = world.next_ids(merge, count)
        walked += taken
        if len(taken) < count:
            break
    everything = [post_id for post_ids in timelines.values() for post_id in post_ids if post_id < before]
    assert walked == sorted(everything, reverse=True)


def test_above_the_watermark_only_pulled_timelines_are_read() -> None:
    graph = FollowGraph(VIEWER, 1, frozenset({2, 3, 4}), (PullRange(3, 50),))
    world = World({2: [10, 60], 3: [55], 4: [11, 61], VIEWER: [58]})
    taken, _ = world.next_ids(start(graph, FeedHead((61, 60, 58, 30, 20), 20)), 4)
    assert taken == (61, 60, 58, 55)
    assert {read.author_id for read in world.asked} == {3}


def test_a_viewer_whose_own_posts_are_pulled_reads_their_own_timeline() -> None:
    graph = FollowGraph(VIEWER, 1, frozenset({2}), (PullRange(VIEWER, 50),))
    world = World({VIEWER: [58, 40]})
    taken, _ = world.next_ids(start(graph, FeedHead((40,), 0)), 4)
    assert taken == (58, 40)


def test_a_page_that_comes_down_to_the_watermark_reads_every_timeline() -> None:
    graph = FollowGraph(VIEWER, 1, frozenset({2, 3}))
    world = World({2: [60, 10], 3: [11], VIEWER: [58]})
    taken, _ = world.next_ids(start(graph, FeedHead((60, 58), 58)), 4)
    assert taken == (60, 58, 11, 10)
    assert {read.author_id for read in world.asked} == {VIEWER, 2, 3}


def test_a_full_page_from_the_head_reads_no_timeline() -> None:
    graph = FollowGraph(VIEWER, 1, frozenset(range(2, 200)))
    world = World({})
    taken, _ = world.next_ids(start(graph, FeedHead(tuple(range(900, 100, -1)), 101)), 21)
    assert len(taken) == 21
    assert world.asked == []


def test_a_closed_range_below_the_page_is_not_read() -> None:
    graph = FollowGraph(VIEWER, 1, frozenset({2}), (PullRange(2, 5, 9),))
    world = World({2: [7]})
    world.next_ids(start(graph, FeedHead((40, 30, 20), 0)), 3)
    assert world.asked == []


GRAPH = FollowGraph(VIEWER, 1, frozenset({2}))
BELOW = Below(GRAPH, 20)


def _unread(low: int, high: int) -> dict[int, tuple[Interval, ...]]:
    return {2: (Interval(low, high),)}


def test_without_a_head_every_timeline_is_unread_below_the_id() -> None:
    assert start(GRAPH, None, 7) == Merge((), {2: (Interval(0, 7),), VIEWER: (Interval(0, 7),)})
    assert start(GRAPH, None, 1) == Merge((), {2: (Interval(0, 1),), VIEWER: (Interval(0, 1),)})
    assert start(GRAPH, None, 0) == Merge((), {})


def test_at_its_watermark_a_head_knows_nothing_below() -> None:
    assert start(GRAPH, FeedHead((9,), 9), 9) == start(GRAPH, None, 9)


def test_a_head_is_entered_below_the_id_and_leads_down_to_its_watermark() -> None:
    assert start(GRAPH, FeedHead((9, 7, 5), 3), 7) == Merge((5,), {}, Below(GRAPH, 3))
    assert start(GRAPH, FeedHead((9, 7, 5), 0), 7) == Merge((5,), {})


def _pulled(*ranges: PullRange, before: int = 100) -> dict[int, tuple[Interval, ...]]:
    return dict(start(FollowGraph(VIEWER, 1, frozenset({2}), ranges), FeedHead((), 0), before).unread)


def test_a_pull_range_holds_both_of_its_ends() -> None:
    assert _pulled(PullRange(2, 5, 9)) == {2: (Interval(5, 10),)}
    assert _pulled(PullRange(2, 5)) == {2: (Interval(5, 100),)}
    assert _pulled(PullRange(2, 50, 60), before=50) == {}


def test_ranges_that_touch_are_read_as_one_and_others_newest_first() -> None:
    assert _pulled(PullRange(2, 3, 5), PullRange(2, 6, 9)) == {2: (Interval(3, 10),)}
    assert _pulled(PullRange(2, 3, 5), PullRange(2, 20, 30)) == {2: (Interval(20, 31), Interval(3, 6))}


def test_a_merge_descends_once_nothing_above_is_unread_and_the_page_is_not_full() -> None:
    assert descend(Merge((30,), {}, BELOW), 2) == Merge((30,), start(GRAPH, None, 20).unread)
    for stays in (Merge((30,), _unread(20, 40), BELOW), Merge((31, 30), {}, BELOW), Merge((30,), {})):
        assert descend(stays, 2) == stays


def test_a_timeline_is_read_only_if_it_may_hold_a_newer_id() -> None:
    assert wanted(Merge((60, 59), _unread(0, 59)), 2) == []
    assert wanted(Merge((60, 58), _unread(0, 59)), 2) == [TimelineRead(2, 59, 2)]
    assert wanted(Merge((), _unread(0, 1)), 500) == [TimelineRead(2, 1, LONGEST_READ)]


def test_an_answer_that_reaches_the_end_of_an_interval_leaves_nothing_unread() -> None:
    assert absorb(Merge((), _unread(5, 10), BELOW), {TimelineRead(2, 10, 2): [7, 5]}) == Merge((7, 5), {}, BELOW)
    assert absorb(Merge((), _unread(5, 10)), {TimelineRead(2, 10, 2): [9, 7]}) == Merge((9, 7), _unread(5, 7))


def test_only_ids_that_no_unread_interval_can_precede_are_taken() -> None:
    merge = Merge((60, 59, 40), _unread(0, 59), BELOW)
    assert take(merge, 3) == ((60, 59), Merge((40,), _unread(0, 59), BELOW))
    assert take(merge, 1) == ((60,), Merge((59, 40), _unread(0, 59), BELOW))
