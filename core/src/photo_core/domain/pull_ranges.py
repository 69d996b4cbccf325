"""How the pull ranges of an author are joined, opened and closed.

Called by the stores, which hold what results; workers make one range of several.

Pulling too much is only a repeat, which readers drop; so ranges may be joined and an end may lie late, never early.
"""

from collections.abc import Collection, Iterable

from photo_core.domain.accounts import PullRange
from photo_core.domain.ids import MAX_ID


def joined(ranges: Collection[PullRange]) -> tuple[PullRange, ...]:
    """Return the same ids of one author in as few ranges as hold them, oldest first."""
    result: list[PullRange] = []
    for each in sorted(ranges, key=lambda range_: range_.from_id):
        if result and each.from_id <= _end(result[-1]) + 1:
            result[-1] = _until(result[-1], max(_end(result[-1]), _end(each)))
        else:
            result.append(each)
    return tuple(result)


def closed_at(ranges: Collection[PullRange], to_id: int) -> tuple[PullRange, ...]:
    """Return an author's ranges after the open one has ended at an id, inclusive; it keeps at least its first."""
    return joined([each if each.to_id is not None else _until(each, max(each.from_id, to_id)) for each in ranges])


def coalesced(ranges: Iterable[PullRange]) -> list[PullRange]:
    """Return one closed range an author: what was posted between two late posts is late as well."""
    ids: dict[int, list[int]] = {}
    for each in ranges:
        ids.setdefault(each.author_id, []).append(each.from_id)
    return [PullRange(author_id, min(of_author), max(of_author)) for author_id, of_author in ids.items()]


def _end(range_: PullRange) -> int:
    return MAX_ID if range_.to_id is None else range_.to_id


def _until(range_: PullRange, end: int) -> PullRange:
    return PullRange(range_.author_id, range_.from_id, None if end == MAX_ID else end)
