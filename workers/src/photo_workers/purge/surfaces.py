"""How each surface of a deleted post is cleared; every step may be repeated.

Called by `handler`, which records the result. A step returns how its surface ended, or None if it cannot end yet for a
reason other than an engine that is down.
"""

import asyncio
from dataclasses import dataclass

from photo_core.clock import Clock
from photo_core.domain.media_lifecycle import original_key
from photo_core.domain.operations import Surface, SurfaceState
from photo_core.domain.posts import Post, PostMedia
from photo_core.errors import EngineUnavailable
from photo_core.ports.accounts import Accounts
from photo_core.ports.erasure import InteractionErasure
from photo_core.ports.feed_state import FeedStates
from photo_core.ports.media import ObjectStorage
from photo_core.ports.media_uses import MediaUses
from photo_core.ports.post_cache import PostCache
from photo_core.ports.posts import Posts
from photo_workers.purge.decisions import AwaitPost, Keep, OtherUses, Remove, decide, uses_of

UNVERIFIED_AFTER_MS = 600_000  # of a deletion; the delays of its message end some minutes later


@dataclass(frozen=True)
class PostSurfaces:
    """Clears the surfaces of a deleted post."""

    posts: Posts
    post_cache: PostCache
    feed_states: FeedStates
    interactions: InteractionErasure
    media_uses: MediaUses
    accounts: Accounts
    objects: ObjectStorage
    clock: Clock

    async def clear(self, surface: Surface, post: Post) -> SurfaceState | None:
        """Clear one surface of a deleted post.

        Raises:
            EngineUnavailable: the surface may be cleared in part; the same call again goes on.
        """
        match surface:
            case Surface.TIMELINE:
                return await self._timeline(post)
            case Surface.CACHES:
                return await self._caches(post)
            case Surface.INTERACTIONS:
                await self.interactions.erase(post.post_id)
                return SurfaceState.CLEARED
            case Surface.MEDIA_OBJECTS:
                return _combined_state([await self._objects(post, media) for media in post.media])
            case Surface.EDGE:
                return _combined_state([await self._edge(post, media) for media in post.media])
            case _:
                raise ValueError(f"a post has no surface {surface}")

    async def _timeline(self, post: Post) -> SurfaceState | None:
        """Confirm that the batch of the deletion has removed the post from its timeline."""
        newest = await self.posts.timeline(post.author_id, post.post_id + 1, 1)
        return None if post.post_id in newest else SurfaceState.CLEARED

    async def _caches(self, post: Post) -> SurfaceState:
        """Bury the post, and those that are hidden because Redis did not confirm their tombstones at the time.

        A post may be hidden after its own purge, by a pod that waited for Redis: it is brought along by the next one.
        """
        hidden = await self.feed_states.hidden()
        for post_id in {post.post_id, *hidden}:
            await self.post_cache.bury(post_id)
        if hidden:
            await self.feed_states.unhide(hidden)
        return SurfaceState.CLEARED

    async def _objects(self, post: Post, media: PostMedia) -> SurfaceState | None:
        match await self._decide(post, media):
            case Keep():
                return SurfaceState.KEPT
            case AwaitPost():
                return None
            case Remove(forbid):
                for post_id in forbid:
                    await self.posts.forbid(post_id, post.author_id, [media.media_id])
                await self._remove(media)
                return SurfaceState.CLEARED

    async def _decide(self, post: Post, media: PostMedia) -> Keep | AwaitPost | Remove:
        """Close a media that nothing seems to show, and only then ask again what shows it."""
        if (await self._uses(post, media)).live:
            return Keep()
        now_ms = self.clock.now_ms()
        await self.media_uses.close(media.media_id, now_ms)
        return decide(await self._uses(post, media), now_ms)

    async def _uses(self, post: Post, media: PostMedia) -> OtherUses:
        claimants = await self.media_uses.claimants(media.media_id)
        posts, accounts = await asyncio.gather(self.posts.get_many(claimants), self.accounts.get_many([post.author_id]))
        return uses_of(media, claimants, posts, accounts.get(post.author_id))

    async def _remove(self, media: PostMedia) -> None:
        for variant in media.variants:
            await self.objects.delete_variant(variant.object_key)
        await self.objects.delete_original(original_key(media.media_id))

    async def _edge(self, post: Post, media: PostMedia) -> SurfaceState | None:
        """Request the public URLs of a media, as any client would, unless something else shows it."""
        if (await self._uses(post, media)).live:
            return SurfaceState.KEPT
        try:
            served = [await self.objects.is_served(variant.object_key) for variant in media.variants]
        except EngineUnavailable:
            return await self._unverified(post, media)
        return None if any(served) else SurfaceState.CLEARED

    async def _unverified(self, post: Post, media: PostMedia) -> SurfaceState | None:
        """Give up on public URLs after a while: the clients' way need not be open to pods, as the store's own is.

        Raises:
            EngineUnavailable: the object store itself is away.
        """
        await self.objects.head_original(original_key(media.media_id))
        waited_ms = self.clock.now_ms() - (post.deleted_at_ms or 0)
        return SurfaceState.UNVERIFIED if waited_ms >= UNVERIFIED_AFTER_MS else None


def _combined_state(ended: list[SurfaceState | None]) -> SurfaceState | None:
    """Return the state of a surface over all media of a post."""
    if None in ended:
        return None
    worst = (SurfaceState.UNVERIFIED, SurfaceState.KEPT)
    return next((state for state in worst if state in ended), SurfaceState.CLEARED)
