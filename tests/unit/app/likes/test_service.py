"""Likes whose user's feed is read while they are stored."""

import asyncio
from dataclasses import replace

from photo_app.ports import Ports
from photo_core.domain.feed.head import FeedHead, whole_head
from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.fakes.interactions import FakeLikes
from photo_core.fakes.posts import FakeOutbox
from photo_core.ports.feeds import FeedCache, LikedCache
from photo_core.ports.likes import Likes
from tests.support.api import Api, running_api

TURNS = 20  # of everything else that waits


class LateLikes(FakeLikes):
    """Likes by user that are written after all that may happen at the same time."""

    async def remember(self, user_id: int, post_id: int, at_ms: int) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await super().remember(user_id, post_id, at_ms)

    async def forget(self, user_id: int, post_id: int) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await super().forget(user_id, post_id)


class ReadBackAtOnce:
    """Likes in Redis that a feed has read back from the truth as soon as they are changed."""

    def __init__(self, cache: LikedCache, feeds: FeedCache, likes: Likes) -> None:
        self._cache = cache
        self._feeds = feeds
        self._likes = likes

    async def add(self, viewer_id: int, post_id: int) -> None:
        await self._cache.add(viewer_id, post_id)
        await self.finish_rebuild(viewer_id, await self.begin_rebuild(viewer_id), FeedHead((), 0), 0)

    async def forget(self, viewer_id: int) -> None:
        await self._cache.forget(viewer_id)
        await self.finish_rebuild(viewer_id, await self.begin_rebuild(viewer_id), FeedHead((), 0), 0)

    async def begin_rebuild(self, viewer_id: int) -> str:
        return await self._cache.begin_rebuild(viewer_id)

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, version: int) -> bool:
        liked = tuple(await self._likes.newest_liked(viewer_id, BEYOND_ALL, 9))
        return await self._cache.finish_rebuild(viewer_id, nonce, FeedHead((*head.post_ids, *liked), 0), version)

    async def liked(self, viewer_id: int) -> set[int]:
        kept = await self._feeds.read(viewer_id)
        head = whole_head(kept.liked, kept.epoch, 0)
        assert head is not None
        return set(head.post_ids)


def late(ports: Ports) -> Ports:
    likes = LateLikes(FakeOutbox())
    return replace(ports, likes=likes, liked_cache=ReadBackAtOnce(ports.liked_cache, ports.feeds, likes))


async def liked(api: Api, user_id: str) -> set[int]:
    cache = api.fakes.ports.liked_cache
    assert isinstance(cache, ReadBackAtOnce)
    return await cache.liked(int(user_id))


async def test_a_head_of_likes_that_is_read_back_while_a_like_is_removed_holds_it_no_more() -> None:
    async with running_api(ports=late) as api:
        ada = await api.person("ada")
        path = f"/v1/posts/{(await api.post_of(ada))['post_id']}/like"
        await api.http.post(path, headers=ada.headers)
        await api.http.delete(path, headers=ada.headers)
        assert await liked(api, ada.user_id) == set()
