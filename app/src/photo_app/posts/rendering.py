"""Renders posts as one viewer sees them now: their content with counts, the viewer's like and the author's picture.

Used by the services that show posts outside of the feed. Does not decide who may see a post: callers have.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from msgspec import Raw

from photo_app.http.paging import Page
from photo_app.media.rendering import MediaRenderer
from photo_app.ports import Ports
from photo_app.posts.encoding import ViewerDetails, complete, encode_content, post_content
from photo_app.posts.schemas import EncodedPostPage
from photo_core.domain.cursor import CursorSigner
from photo_core.domain.degradation import LEVELS, Cut
from photo_core.domain.interactions import Counts
from photo_core.domain.posts import Post
from photo_core.errors import EngineUnavailable
from photo_core.feeds.interactions import Interactions


class PostRenderer:
    """Renders posts for viewers.

    Args:
        ports: where accounts are read, and the current runtime policy.
        interactions: counts and likes.
        cursors: signs the cursor of the next page.
    """

    def __init__(self, ports: Ports, interactions: Interactions, cursors: CursorSigner) -> None:
        self._media = MediaRenderer(ports.objects)
        self._public_url = ports.objects.variant_url
        self._accounts = ports.accounts
        self._policy = ports.policies.current
        self._interactions = interactions
        self._cursors = cursors

    async def new(self, post: Post) -> bytes:
        """Return a post as its author sees it the moment it is made, also if the request is repeated later."""
        avatars = await self._avatars([post.author_id])
        return self._complete(post, ViewerDetails(avatar_url=avatars.get(post.author_id)))

    async def one(self, viewer_id: int, post: Post) -> bytes:
        """Return a post with exact counts; with those that pages show, where counting is cut."""
        counts, liked, avatars = await asyncio.gather(
            self._counts(post.post_id),
            self._interactions.likes_now(viewer_id, post.post_id),
            self._avatars([post.author_id]),
        )
        return self._complete(post, _details(counts, avatars.get(post.author_id), liked_by_me=liked))

    async def page(self, viewer_id: int, page: Page, posts: Sequence[Post]) -> EncodedPostPage:
        """Return a page with those of its posts that may be seen."""
        next_cursor = page.next_cursor(self._cursors)
        return EncodedPostPage(await self._encoded(viewer_id, posts), next_cursor, next_cursor is not None)

    async def _encoded(self, viewer_id: int, posts: Sequence[Post]) -> list[Raw]:
        """Return encoded posts; their counts may lag by as much as the counter."""
        ids = [post.post_id for post in posts]
        counts, liked, avatars = await asyncio.gather(
            self._interactions.counts_of(ids),
            self._interactions.liked_by(viewer_id, ids),
            self._avatars({post.author_id for post in posts}),
        )
        details = (
            _details(counts[post.post_id], avatars.get(post.author_id), liked_by_me=post.post_id in liked)
            for post in posts
        )
        return [Raw(self._complete(post, one)) for post, one in zip(posts, details, strict=True)]

    async def _counts(self, post_id: int) -> Counts:
        if Cut.FRESH_COUNTS in LEVELS[self._policy().degraded_level].cuts:
            return (await self._interactions.counts_of([post_id]))[post_id]
        return await self._interactions.exact(post_id)

    def _complete(self, post: Post, details: ViewerDetails) -> bytes:
        return complete(encode_content(post_content(post, self._media)), details)

    async def _avatars(self, author_ids: Collection[int]) -> Mapping[int, str]:
        """Return the URLs of authors' pictures; without PostgreSQL posts are shown without them."""
        try:
            accounts = await self._accounts.get_many(author_ids)
        except EngineUnavailable:
            return {}
        keys = {id_: account.avatar_key for id_, account in accounts.items()}
        return {id_: self._public_url(key) for id_, key in keys.items() if key is not None}


def _details(counts: Counts, avatar_url: str | None, *, liked_by_me: bool) -> ViewerDetails:
    return ViewerDetails(counts.likes, counts.comments, liked_by_me, avatar_url)
