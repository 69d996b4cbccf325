"""Which post ids come next in a feed: the head and author timelines merged newest first, without holes or repeats.

A `Merge` knows for each author the id intervals that nobody has read yet. An id is final once no unread interval can
hold a newer one, so timelines are read only as far as a page needs: above the watermark of a whole head that is the
viewer's own and those of pulled authors, below it all. Called by photo_app.feed for pages and rebuilds; reads nothing
itself.
"""

from collections.abc import Iterable, Mapping, Sequence

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


class Merge(Struct, frozen=True):
    """Ids that are known, newest first without repeats, and by author what is unread, newest interval first."""

    known: tuple[int, ...]
    unread: Mapping[int, tuple[Interval, ...]]


def start(graph: FollowGraph, head: FeedHead | None, before_id: int = BEYOND_ALL) -> Merge:
    """Return the merge of what a viewer's feed holds below an id, with a whole head or by timelines alone."""
    watermark = BEYOND_ALL if head is None else head.complete_down_to
    intervals = {author: [Interval(0, watermark)] for author in graph.followees}
    for pulled in graph.pull_ranges:
        intervals.setdefault(pulled.author_id, []).append(_interval(pulled))
    intervals[graph.viewer_id] = [Interval(0, BEYOND_ALL)]
    unread = {author: _join(_below(before_id, of_author)) for author, of_author in intervals.items()}
    known = () if head is None else tuple(post_id for post_id in head.post_ids if post_id < before_id)
    return Merge(known, {author: joined for author, joined in unread.items() if joined})


def wanted(merge: Merge, count: int) -> list[TimelineRead]:
    """Return the timeline reads without which the next `count` ids are not final; none when they are."""
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
    return Merge(tuple(sorted(known, reverse=True)), unread)


def take(merge: Merge, count: int) -> tuple[tuple[int, ...], Merge]:
    """Return the next ids, at most `count`, all final, and the merge after them."""
    frontier = max((unread[0].high for unread in merge.unread.values()), default=0)
    taken = tuple(post_id for post_id in merge.known[:count] if post_id >= frontier)
    return taken, Merge(merge.known[len(taken) :], merge.unread)


def _interval(pulled: PullRange) -> Interval:
    return Interval(pulled.from_id, BEYOND_ALL if pulled.to_id is None else pulled.to_id + 1)


def _below(before_id: int, intervals: Iterable[Interval]) -> list[Interval]:
    clipped = (Interval(each.low, min(each.high, before_id)) for each in intervals)
    return [each for each in clipped if each.low < each.high]


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
