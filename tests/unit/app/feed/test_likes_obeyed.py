"""`liked_by_me` on every pod, from the answer of a like or of its removal on, though its pod did not reach Redis."""

import pytest

from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.domain.runtime_policy import FeedMode
from photo_core.settings import FeedSettings
from tests.support.feed_engines import FakeEngines
from tests.support.feed_platform import Pod
from tests.support.feed_world import FeedWorld, ids_of


class Author:
    """Who reads their own one post on two pods; Redis holds their likes whole."""

    def __init__(self) -> None:
        self.engines = FakeEngines(cap=8)
        self.world = FeedWorld(self.engines, FeedSettings(cap=8))

    async def begin(self, *, liked: bool) -> None:
        self.viewer = await self.world.register()
        here, there = self.world.pods
        await self.world.post(here, self.viewer)
        (self.post_id,) = self.world.oracle.authors
        await self.like(here, liked=liked)
        for pod in (here, there):
            await self.likes_on(pod)
            await pod.services.side_tasks.finish()

    async def like(self, pod: Pod, *, liked: bool) -> None:
        await self.world.like(pod, self.viewer, self.post_id, liked=liked)
        assert not self.world.books.unanswered_likes

    async def likes_on(self, pod: Pod, mode: FeedMode = FeedMode.PUSH) -> bool:
        """Return what a page tells; once the head is there, in a mode."""
        served = await self.world.page(pod, self.viewer, BEYOND_ALL, 3)
        assert served is not None
        assert ids_of(served) == [self.post_id]
        assert served.mode in (mode, FeedMode.REBUILDING)
        return self.post_id in served.liked


@pytest.mark.parametrize("liked", [True, False])
@pytest.mark.parametrize("mode", [FeedMode.PUSH, FeedMode.PULL, FeedMode.STALE])
async def test_a_like_whose_pod_is_cut_off_from_redis_is_obeyed_at_once(mode: FeedMode, liked: bool) -> None:  # noqa: FBT001 - a parameter
    author = Author()
    await author.begin(liked=not liked)
    here, there = author.world.pods
    with author.engines.redis_out_of_reach():
        await here.services.redis_guard.probe()
    await author.like(here, liked=liked)
    author.engines.turn_postgres(on=mode is not FeedMode.STALE)
    there.policies.become(FeedMode.PULL if mode is FeedMode.PULL else FeedMode.PUSH)
    assert await author.likes_on(there, mode) is liked
