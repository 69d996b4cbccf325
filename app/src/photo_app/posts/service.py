"""Creates and reads posts: one unit of work that stores the fact with its event, then the event at once.

Needs Cassandra only, and PostgreSQL to show the posts of others. Deletions stand in `deletion`.
"""

import asyncio
from contextlib import suppress

from photo_app.idempotency import Idempotency, KeyedRequest
from photo_app.paging import Page, PageRequest, cut
from photo_app.ports import Ports
from photo_app.posts.announcing import Announcer
from photo_app.posts.decisions import build_post, created_event, unusable_media, usable_media
from photo_app.posts.schemas import NewPost
from photo_app.sessions.tokens import Viewer
from photo_app.visibility import Visibility
from photo_core.domain.posts import Post, PostMedia
from photo_core.errors import EngineUnavailable
from photo_core.ports.feeds import FeedCache

ROUTE = "POST /v1/posts"
OWN_FEED_SECONDS = 0.5  # an author does not wait longer for Redis


class PostService:
    """Posts.

    Args:
        ports: the truth.
        idempotency: keeps a repeated request from posting twice.
        announcer: tells the fan-out.
        visibility: who may see what.
        feed_cache: the guarded one.
    """

    def __init__(
        self,
        ports: Ports,
        idempotency: Idempotency,
        announcer: Announcer,
        visibility: Visibility,
        feed_cache: FeedCache,
    ) -> None:
        self._ports = ports
        self._idempotency = idempotency
        self._announcer = announcer
        self._visibility = visibility
        self._feed_cache = feed_cache

    async def create(self, author: Viewer, wanted: NewPost, key: str | None) -> Post:
        """Store a post and its event, or return the one that this Idempotency-Key has made.

        Raises:
            Problem: a media cannot be used, the key was used with another body, or its request is in flight.
        """
        media = await self._media(wanted, author.user_id)
        request = KeyedRequest(author.user_id, ROUTE, key, wanted.model_dump_json().encode())
        claim = await self._idempotency.claim(request)
        existing = await self._find(claim.resource_id) if claim.repeated else None
        if existing is not None:
            return existing
        claim.require_abandoned(self._idempotency.now_ms())
        post = build_post(claim, author, wanted, media)
        await self._claim(post)
        event = created_event(self._ports.minter.mint(), post)
        await self._ports.posts.create(post, event)
        self._announcer.announce(event)
        await self._enter_own_feed(post)
        return post

    async def get(self, viewer: Viewer, post_id: int) -> Post:
        """Return a post.

        Raises:
            Problem: there is none, it was deleted, or it is not for this viewer (404).
        """
        return await self._visibility.require_post(viewer.user_id, await self._find(post_id))

    async def by_author(self, viewer: Viewer, author_id: int, request: PageRequest) -> tuple[Page, list[Post]]:
        """Return a page of an author's posts, newest first. One's own need no PostgreSQL.

        Raises:
            Problem: no such user, or not for this viewer (404).
        """
        timeline = self._ports.posts.timeline
        if author_id != viewer.user_id:
            await self._visibility.require_posts_of(viewer.user_id, author_id)
            timeline = self._ports.posts.timeline_to_show
        page = cut(await timeline(author_id, request.before_id, request.enough), request)
        posts = await self._ports.posts.get_many(page.ids)
        return page, [posts[id_] for id_ in page.ids if id_ in posts and posts[id_].deleted_at_ms is None]

    async def _media(self, wanted: NewPost, owner_id: int) -> tuple[PostMedia, ...]:
        found = await self._ports.media.get_many([int(media_id) for media_id in wanted.media_ids])
        return usable_media(wanted, found, owner_id)

    async def _find(self, post_id: int) -> Post | None:
        return (await self._ports.posts.get_many([post_id])).get(post_id)

    async def _claim(self, post: Post) -> None:
        """Claim a post's media, and only then ask whether they may be used: see photo_core.ports.media_uses."""
        media_ids = [media.media_id for media in post.media]
        closed = await self._ports.media_uses.claim(post.post_id, post.created_at_ms, media_ids)
        if closed:
            raise unusable_media({str(media_id): "absent" for media_id in sorted(closed)})

    async def _enter_own_feed(self, post: Post) -> None:
        """Let the author's next feed begin with their post; the planner delivers it too."""
        with suppress(EngineUnavailable, TimeoutError):
            async with asyncio.timeout(OWN_FEED_SECONDS):
                await self._feed_cache.append(post.post_id, [post.author_id])
