"""What `stale` pages may show although it was taken: its pod cut off from Redis, then PostgreSQL away (decision 14)."""

import pytest

from photo_app.authentication.tokens import Viewer
from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.runtime_policy import FeedMode
from photo_core.settings import FeedSettings
from tests.support.feed_changes import graph_change
from tests.support.feed_engines import FakeEngines
from tests.support.feed_world import PROBES, FeedWorld, ids_of


class CutOff:
    """Somebody who follows two authors with one post each; their first pod has lost Redis, which keeps the graph."""

    def __init__(self) -> None:
        self.engines = FakeEngines(cap=8)
        self.world = FeedWorld(self.engines, FeedSettings(cap=8))
        self.here, self.there = self.world.pods

    async def begin(self) -> None:
        self.viewer, self.author, self.other = [await self.world.register() for _ in range(3)]
        for followed in (self.author, self.other):
            await self.change("follow", followed)
        self.of_author, self.of_other = [await self.post(by) for by in (self.author, self.other)]
        assert await self.shown(FeedMode.REBUILDING) == [self.of_other, self.of_author]
        with self.engines.redis_out_of_reach():
            await self.here.services.redis_guard.probe()

    async def change(self, what: str, author: Viewer) -> None:
        await graph_change(self.world, self.here, what, (self.viewer, author))

    async def post(self, author: Viewer) -> int:
        self.engines.clock.advance(1)
        await self.world.post(self.here, author)
        return max(self.world.oracle.authors)

    async def shown(self, mode: FeedMode = FeedMode.STALE) -> list[int]:
        """Return what the other pod shows, after the books have agreed to it."""
        served = await self.world.page(self.there, self.viewer, BEYOND_ALL, 8)
        await self.there.services.side_tasks.finish()
        assert served is not None
        assert served.mode is mode
        return ids_of(served)

    async def the_other_author_is_still_held_against_the_books(self) -> None:
        self.world.oracle.unfollow(self.viewer.user_id, self.other.user_id)
        with pytest.raises(AssertionError, match=f"{self.of_other} must not be shown"):
            await self.shown()


async def test_an_author_unfollowed_on_a_pod_without_redis_is_shown_with_later_posts_until_it_is_back() -> None:
    cut_off = CutOff()
    await cut_off.begin()
    await cut_off.change("unfollow", cut_off.author)
    later = await cut_off.post(cut_off.author)
    cut_off.engines.feeds.evict(cut_off.viewer.user_id)  # so that the page is made of timelines, which have it
    cut_off.engines.turn_postgres(on=False)
    assert await cut_off.shown() == [later, cut_off.of_other, cut_off.of_author]
    for _ in range(PROBES):
        await cut_off.here.services.redis_guard.probe()
    await cut_off.here.services.graph_cache.store_pending()
    assert await cut_off.shown() == [cut_off.of_other]
    await cut_off.the_other_author_is_still_held_against_the_books()


async def test_a_post_deleted_on_a_pod_without_redis_is_shown() -> None:
    cut_off = CutOff()
    await cut_off.begin()
    await cut_off.world.delete(cut_off.here, cut_off.author, cut_off.of_author)
    cut_off.engines.turn_postgres(on=False)
    assert await cut_off.shown() == [cut_off.of_other, cut_off.of_author]
    await cut_off.the_other_author_is_still_held_against_the_books()
