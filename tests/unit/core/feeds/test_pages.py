"""How many rounds a page takes."""

from collections.abc import Sequence
from typing import Any

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead
from photo_core.domain.feed.merge import BEYOND_ALL, Merge
from photo_core.domain.runtime_policy import FeedMode
from photo_core.feeds.hydration import Hydrated
from photo_core.feeds.pages import Pages
from photo_core.feeds.viewers import SeenViewer

VIEWER = 1
OF_SOMEBODY_UNFOLLOWED = 800


class Delivered:
    """A head of posts of which none is shown any more; counts the rounds."""

    def __init__(self) -> None:
        self.rounds = 0

    async def next_ids(self, merge: Merge, count: int, _: int) -> tuple[tuple[int, ...], Merge]:
        self.rounds += 1
        return merge.known[:count], Merge(merge.known[count:], {})

    async def true(self, _: Sequence[int], truth_seconds: float) -> Hydrated:
        assert truth_seconds > 0
        return Hydrated({}, complete=True)


async def test_many_posts_that_are_not_shown_are_passed_in_few_rounds() -> None:
    delivered: Any = Delivered()
    head = FeedHead(tuple(range(OF_SOMEBODY_UNFOLLOWED, 0, -1)), 0)
    seen = SeenViewer(FollowGraph(VIEWER, 0, frozenset()), frozenset(), FeedMode.PULL, head)
    page = await Pages(delivered, delivered).read(seen, BEYOND_ALL, 20)
    assert page.posts == ()
    assert delivered.rounds <= 10
