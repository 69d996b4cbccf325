"""Creates posts: one unit of work that stores the fact with its event, then the event is produced at once.

Needs Cassandra only.
"""

import asyncio
from contextlib import suppress

from photo_app.authentication.tokens import Viewer
from photo_app.http.idempotency import Idempotency, KeyedRequest
from photo_app.http.rate_limits import PostingLimits
from photo_app.ports import Ports
from photo_app.posts.announcing import Announcer
from photo_app.posts.decisions import build_post, created_event, unusable_media, usable_media
from photo_app.posts.schemas import NewPost
from photo_core.domain.posts import Post, PostMedia
from photo_core.errors import EngineUnavailable
from photo_core.feeds.own_posts import OwnPostAppender

ROUTE = "POST /v1/posts"
OWN_FEED_SECONDS = 0.5  # an author does not wait longer for Redis


class PostCreation:
    """New posts.

    Args:
        ports: where posts and media are stored.
        idempotency: keeps a repeated request from posting twice.
        limits: how often an account may post.
        announcer: produces the event that the fan-out consumes.
        own_feed: appends the post to the author's own feed.
    """

    def __init__(
        self,
        ports: Ports,
        idempotency: Idempotency,
        limits: PostingLimits,
        announcer: Announcer,
        own_feed: OwnPostAppender,
    ) -> None:
        self._ports = ports
        self._idempotency = idempotency
        self._limits = limits
        self._announcer = announcer
        self._own_feed = own_feed

    async def create(self, author: Viewer, wanted: NewPost, key: str | None) -> Post:
        """Store a post and its event, or return the one that this Idempotency-Key has made.

        Raises:
            Problem: the account posts too often, a media cannot be used, the key was used with another body, or its
                request is in flight.
        """
        await self._limits.require(author.user_id)
        media = await self._media(wanted, author.user_id)
        request = KeyedRequest(author.user_id, ROUTE, key, wanted.model_dump_json().encode())
        claim = await self._idempotency.claim(request)
        existing = await self._find(claim.resource_id) if claim.repeated else None
        if existing is not None:
            return existing
        claim.require_abandoned(self._idempotency.now_ms())
        post = build_post(claim, author, wanted, media)
        await self._claim_media(post)
        event = created_event(self._ports.minter.mint(), post)
        await self._ports.posts.create(post, event)
        self._announcer.announce(event)
        await self._enter_own_feed(post)
        return post

    async def _media(self, wanted: NewPost, owner_id: int) -> tuple[PostMedia, ...]:
        found = await self._ports.media.get_many([int(media_id) for media_id in wanted.media_ids])
        return usable_media(wanted, found, owner_id)

    async def _find(self, post_id: int) -> Post | None:
        return (await self._ports.posts.get_many([post_id])).get(post_id)

    async def _claim_media(self, post: Post) -> None:
        """Claim a post's media, and only then ask whether they may be used: see photo_core.ports.media_uses."""
        media_ids = [media.media_id for media in post.media]
        closed = await self._ports.media_uses.claim(post.post_id, post.created_at_ms, media_ids)
        if closed:
            raise unusable_media({str(media_id): "absent" for media_id in sorted(closed)})

    async def _enter_own_feed(self, post: Post) -> None:
        """Put the post at the top of the author's feed now; the planner delivers it too."""
        with suppress(EngineUnavailable, TimeoutError):
            async with asyncio.timeout(OWN_FEED_SECONDS):
                await self._own_feed.append(post.author_id, post.post_id)
