"""Pages: ids in order, posts to them, what may not be seen left out, refilled until the page is full.

Called by photo_app.feed.service. A page is complete unless Cassandra had to be asked and did not answer; then it holds
what Redis and memory have, in order, and says that more follows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from msgspec import Struct

from photo_core.domain.degradation import TRUTH_SECONDS
from photo_core.domain.feed.merge import Merge, start
from photo_core.domain.feed.page import next_before_id
from photo_core.domain.visibility import stands_in_feed
from photo_core.errors import EngineUnavailable
from photo_core.feeds.hydration import Hydrated, Hydration
from photo_core.feeds.timelines import Timelines, TooManyWait
from photo_core.feeds.viewers import SeenViewer
from photo_core.ports.post_cache import CachedPost

SMALLEST_REFILL = 8  # ids asked for at least when a page lacks posts; twice as many with each round
LARGEST_REFILL = 256
BLIND_REFILL = 100  # when many may be left out
Hydrate = Callable[[Sequence[int]], Awaitable[Hydrated]]


class FeedPage(Struct, frozen=True):
    """Posts newest first. `next_before_id` is where the next page starts.

    It is None after the very first post, and where an incomplete page found nothing to go on from: the same place may
    be asked again later, so `has_more` stays True.
    """

    posts: tuple[CachedPost, ...]
    next_before_id: int | None
    complete: bool = True

    @property
    def has_more(self) -> bool:
        """Whether more may follow."""
        return self.next_before_id is not None or not self.complete


class Pages:
    """Pages for the readers of one process."""

    def __init__(self, timelines: Timelines, hydration: Hydration) -> None:
        self._timelines = timelines
        self._hydration = hydration

    @property
    def waiting(self) -> int:
        """How many pages wait for Cassandra."""
        return self._timelines.pages_waiting

    async def read(
        self, seen: SeenViewer, before_id: int, limit: int, truth_seconds: float = TRUTH_SECONDS
    ) -> FeedPage:
        """Return the page below an id; with no seconds for Cassandra, of what Redis and memory hold.

        Raises:
            EngineUnavailable: neither Redis nor Cassandra has anything to show.
        """
        filling = _Filling(seen, before_id, self._hydrate(seen, truth_seconds), truth_seconds)
        while len(filling.visible) <= limit:
            post_ids = await self._next_ids(filling, limit + 1 - len(filling.visible))
            if not post_ids:
                break
            await self._show(filling, post_ids)
        return filling.page(limit)

    def _hydrate(self, seen: SeenViewer, truth_seconds: float) -> Hydrate:
        if truth_seconds == 0:
            return self._hydration.at_hand
        by_truth = self._hydration.cached if seen.by_redis else self._hydration.true
        return partial(by_truth, truth_seconds=truth_seconds)

    async def _next_ids(self, filling: "_Filling", missing: int) -> tuple[int, ...]:
        count = max(missing, filling.next_refill() if filling.complete else BLIND_REFILL)
        viewer_id = filling.seen.graph.viewer_id
        next_ids = self._timelines.next_ids if filling.asks_truth else self._timelines.next_held
        try:
            async with asyncio.timeout_at(filling.wall):
                post_ids, filling.merge = await next_ids(filling.merge, count, viewer_id)
        except (EngineUnavailable, TimeoutError) as error:
            filling.go_blind(self._timelines.at_hand(filling.merge, count), error)
            post_ids, filling.merge = await self._timelines.next_ids(filling.merge, BLIND_REFILL, viewer_id)
        return post_ids

    async def _show(self, filling: "_Filling", post_ids: tuple[int, ...]) -> None:
        hidden = filling.seen.hidden
        asked = [post_id for post_id in post_ids if post_id not in hidden] if hidden else post_ids
        hydrated = await filling.hydrate(asked)
        if not hydrated.complete:
            filling.complete = False
            filling.hydrate = self._hydration.at_hand  # nobody waits for Cassandra twice
        filling.show(post_ids, hydrated)


class _Filling:
    """A page on its way."""

    def __init__(self, seen: SeenViewer, before_id: int, hydrate: Hydrate, truth_seconds: float) -> None:
        self.seen = seen
        self.merge = start(seen.graph, seen.head, before_id)
        self.hydrate = hydrate
        self.visible: list[CachedPost] = []
        self.complete = True
        self.failure: Exception | None = None
        self.asks_truth = truth_seconds > 0
        self.wall = asyncio.get_running_loop().time() + (truth_seconds or TRUTH_SECONDS)
        self._refill = SMALLEST_REFILL
        self._lowest = before_id
        self._before_id = before_id

    def next_refill(self) -> int:
        """Return how many ids to ask for at least: who unfollowed somebody busy has many that are not shown."""
        refill, self._refill = self._refill, min(2 * self._refill, LARGEST_REFILL)
        return refill

    def go_blind(self, at_hand: Merge, failure: Exception) -> None:
        """Go on with what is at hand, delivered posts of a head that is not whole among it."""
        self.complete = False
        self.failure = failure
        delivered = (post_id for post_id in self.seen.delivered if post_id < self._lowest)
        self.merge = Merge(tuple(sorted({*at_hand.known, *delivered}, reverse=True)), {})

    def show(self, post_ids: tuple[int, ...], hydrated: Hydrated) -> None:
        """Add what the viewer may see."""
        self._lowest = post_ids[-1]
        found = (hydrated.posts.get(post_id) for post_id in post_ids)
        self.visible += [post for post in found if post is not None and stands_in_feed(post.author_id, self.seen.graph)]

    def page(self, limit: int) -> FeedPage:
        """Return the page.

        Raises:
            EngineUnavailable: there is nothing to show, and neither Redis nor Cassandra answered.
        """
        following = next_before_id(self.visible, limit)
        if following is None and not self.complete and self._lowest < self._before_id:
            following = self._lowest
        nobody_answered = isinstance(self.failure, EngineUnavailable) and not isinstance(self.failure, TooManyWait)
        if self.failure is not None and nobody_answered and not self.visible and not self.seen.by_redis:
            raise self.failure
        return FeedPage(tuple(self.visible[:limit]), following, self.complete)
