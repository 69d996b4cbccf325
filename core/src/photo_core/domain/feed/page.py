"""How large a page may be, and where the next one starts. Called by photo_core.feeds and photo_app.feed."""

from collections.abc import Sequence
from typing import Protocol

from photo_core.domain.degradation import LEVELS

PAGES_WAITING_AT = (16, 64)  # pages that wait for Cassandra from which this process is at level 1, and at 2


class Identified(Protocol):
    """Something that has a post's id."""

    @property
    def post_id(self) -> int:
        """The id."""
        ...


def size_at(limit: int, level: int) -> int:
    """Return how many posts a page holds at a degraded level: fewer cost the stores less, and the cursor goes on."""
    return max(1, limit // LEVELS[level].pages_divided_by)


def level_under(pages_waiting: int) -> int:
    """Return the degraded level that a process is at by itself."""
    return sum(pages_waiting >= pages for pages in PAGES_WAITING_AT)


def next_before_id(visible: Sequence[Identified], limit: int) -> int | None:
    """Return where the page after one of `limit` posts starts; None if no more are visible."""
    return visible[limit - 1].post_id if len(visible) > limit else None
