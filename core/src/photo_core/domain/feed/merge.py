"""Which post ids come next in a feed: the head and author timelines merged newest first, without holes or repeats.

A `Merge` knows for each author the id intervals that nobody has read yet. An id is final once no unread interval can
hold a newer one, so timelines are read only as far as a page needs: above the watermark of a whole head those of
pulled authors, below it all. The viewer is an author like any followee: their posts are pushed to their own head.
Called by photo_core.feeds for pages and rebuilds; reads nothing itself.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import neg

from msgspec import Struct

from photo_core.domain.accounts import FollowGraph, PullRange
from photo_core.domain.feed.head import FeedHead
from photo_core.domain.ids import MAX_ID

BEYOND_ALL = MAX_ID  # no id is minted as high, and it fits the signed 64 bits of a store
LONGEST_READ = 100


class Interval(Struct, frozen=True):
    """The ids with low <= id < high."""

    low: int
    high: int


class TimelineRead(Struct, frozen=True):
    """A question to an author's timeline: the newest ids below `before_id`."""

    author_id: int
    before_id: int
    limit: int


class Below(Struct, frozen=True):
    """What lies below a head: every timeline of a graph, from the watermark down."""

    graph: FollowGraph
    watermark: int


class Merge(Struct, frozen=True):
    """Ids that are known, newest first without repeats, and by author what is unread, newest interval first.

    `below` is unread too, and spelled out by author only when a page comes down to it.
    """

    known: tuple[int, ...]
    unread: Mapping[int, tuple[Interval, ...]]
    below: Below | None = None


def start(graph: FollowGraph, head: FeedHead | None, before_id: int = BEYOND_ALL) -> Merge:
    """Return the merge of what a viewer's feed holds below an id, with a whole head or by timelines alone."""
    if head is None or before_id <= head.complete_down_to:
        return Merge((), _timelines(graph, before_id))
    known = head.post_ids
    if known and known[0] >= before_id:
        known = known[bisect_right(known, -before_id, key=neg) :]
    below = Below(graph, head.complete_down_to) if head.complete_down_to else None
    return Merge(known, _pulled(graph, Interval(head.complete_down_to, before_id)), below)


def descend(merge: Merge, count: int) -> Merge:
    """Return the merge with what lies below the head spelled out, if the next `count` ids reach down to it."""
    if merge.below is None or merge.unread or len(merge.known) >= count:
        return merge
    return Merge(merge.known, _timelines(merge.below.graph, merge.below.watermark))


def wanted(merge: Merge, count: int) -> list[TimelineRead]:
    """Return the timeline reads without which the next `count` ids are not final; none when they are.

    Call it after `descend`.
    """
    last = merge.known[count - 1] if len(merge.known) >= count else -1
    limit = min(count, LONGEST_READ)
    return [
        TimelineRead(author, unread[0].high, limit) for author, unread in merge.unread.items() if unread[0].high > last
    ]


def absorb(merge: Merge, answers: Mapping[TimelineRead, Sequence[int]]) -> Merge:
    """Add what timelines answered, newest first, to what is known."""
    known, unread = set(merge.known), dict(merge.unread)
    for read, post_ids in answers.items():
        interval, *older = unread.pop(read.author_id)
        known.update(post_id for post_id in post_ids if post_id >= interval.low)
        rest = _rest(interval, read, post_ids)
        if rest or older:
            unread[read.author_id] = (*rest, *older)
    return Merge(tuple(sorted(known, reverse=True)), unread, merge.below)


def take(merge: Merge, count: int) -> tuple[tuple[int, ...], Merge]:
    """Return the next ids, at most `count`, all final, and the merge after them."""
    frontier = max((unread[0].high for unread in merge.unread.values()), default=0)
    taken = merge.known[:count]
    if taken and taken[-1] < frontier:
        taken = tuple(post_id for post_id in taken if post_id >= frontier)
    return taken, Merge(merge.known[len(taken) :], merge.unread, merge.below)


def _timelines(graph: FollowGraph, before_id: int) -> dict[int, tuple[Interval, ...]]:
    everything = (Interval(0, before_id),)
    return dict.fromkeys((*graph.followees, graph.viewer_id), everything) if before_id > 0 else {}


def _pulled(graph: FollowGraph, within: Interval) -> dict[int, tuple[Interval, ...]]:
    intervals: dict[int, list[Interval]] = {}
    for pulled in graph.pull_ranges:
        clipped = _clipped(pulled, within)
        if clipped.low < clipped.high:
            intervals.setdefault(pulled.author_id, []).append(clipped)
    return {author: _join(of_author) for author, of_author in intervals.items()}


def _clipped(pulled: PullRange, within: Interval) -> Interval:
    end = within.high if pulled.to_id is None else min(within.high, pulled.to_id + 1)
    return Interval(max(pulled.from_id, within.low), end)


def _join(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return disjoint intervals with the same ids, newest first."""
    joined: list[Interval] = []
    for each in sorted(intervals, key=lambda interval: interval.high, reverse=True):
        if joined and each.high >= joined[-1].low:
            joined[-1] = Interval(min(each.low, joined[-1].low), joined[-1].high)
        else:
            joined.append(each)
    return tuple(joined)


def _rest(interval: Interval, read: TimelineRead, post_ids: Sequence[int]) -> list[Interval]:
    """Return what of an interval is still unread after an answer; a short answer says that no older id exists."""
    if len(post_ids) < read.limit or post_ids[-1] <= interval.low:
        return []
    return [Interval(interval.low, post_ids[-1])]
