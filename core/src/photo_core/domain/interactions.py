"""Likes, comments and saves as plain data, and how a post's counts follow from the events about it; pure.

Used by the stores, by the API's services and by the worker `interaction-counter`. Who may like or comment is decided
by `domain.visibility`; how likes spread over partitions by `domain.like_shards`.
"""

from collections.abc import Sequence

from msgspec import Struct

OFFSET_BITS = 48  # of a position; what is above counts how often the topic was made anew
OFFSET_MASK = (1 << OFFSET_BITS) - 1
NOTHING_APPLIED = 0


class Counts(Struct, frozen=True):
    """How often a post was liked and commented on."""

    likes: int = 0
    comments: int = 0


class Comment(Struct, frozen=True):
    """A comment, as stored. User names never change, so the author's is kept with it."""

    comment_id: int
    post_id: int
    author_id: int
    username: str
    text: str
    created_at_ms: int


class Membership(Struct, frozen=True):
    """What stands behind a count: how many, and a sum of their ids that differs when others stand behind it."""

    count: int = 0
    fingerprint: int = 0


class Tally(Struct, frozen=True):
    """A post's counted row.

    `position` tells the last event that is counted in; it only grows, and writes are ordered by it. `latest_ms` is the
    highest timestamp among the events counted in: what repeats one of them is never newer.
    """

    post_id: int
    likes: int = 0
    comments: int = 0
    position: int = NOTHING_APPLIED
    latest_ms: int = 0

    @property
    def counts(self) -> Counts:
        """Return the counts as people see them."""
        return Counts(max(0, self.likes), max(0, self.comments))


class TallyChange(Struct, frozen=True):
    """What one event of the topic does to its post's tally.

    `offset` and `at_ms` are the message's. A correction holds for one `expected` position only: where another event
    was counted in since, it was decided on what is no longer so.
    """

    post_id: int
    likes: int
    comments: int
    offset: int
    at_ms: int
    expected: int | None = None


def counted(tally: Tally, changes: Sequence[TallyChange]) -> Tally:
    """Return a post's tally after its changes, given in the order of the topic; repeated ones change nothing."""
    for change in changes:
        tally = _after(tally, change)
    return tally


def next_position(tally: Tally, change: TallyChange) -> int | None:
    """Return the position of a change, or None when it is counted in already.

    Offsets of a partition only grow, unless the topic was made anew and they begin again; then the message is newer
    than everything counted in, which a repeated one never is. A post that moved to a partition added later is taken
    for the same; what is misjudged in that moment is mended by the reconciler.
    """
    generation, last = tally.position >> OFFSET_BITS, (tally.position & OFFSET_MASK) - 1
    if change.offset > last:
        return _position(generation, change.offset)
    return _position(generation + 1, change.offset) if change.at_ms > tally.latest_ms else None


def _after(tally: Tally, change: TallyChange) -> Tally:
    position = next_position(tally, change)
    if position is None:
        return tally
    holds = change.expected in (None, tally.position)
    return Tally(
        post_id=tally.post_id,
        likes=tally.likes + (change.likes if holds else 0),
        comments=tally.comments + (change.comments if holds else 0),
        position=position,
        latest_ms=max(tally.latest_ms, change.at_ms),
    )


def _position(generation: int, offset: int) -> int:
    return (generation << OFFSET_BITS) | (offset + 1)
