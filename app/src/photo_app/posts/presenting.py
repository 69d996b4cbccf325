"""Posts as one viewer sees them now: their content with counts, the viewer's like and the author's picture.

Used by the endpoints that show posts outside of the feed. The posts are handed in: who may see them was decided before.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Raw

from photo_app.posts.rendering import Standing, finish, post_body
from photo_app.posts.views import PostViews
from photo_core.domain.degradation import LEVELS, Cut
from photo_core.domain.interactions import Counts
from photo_core.domain.posts import Post
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import EngineUnavailable
from photo_core.interactions import Interactions
from photo_core.ports.accounts import Accounts


class PostPresenter:
    """Renders posts for viewers."""

    def __init__(
        self,
        views: PostViews,
        interactions: Interactions,
        accounts: Accounts,
        policy: Callable[[], RuntimePolicy],
    ) -> None:
        self._views = views
        self._interactions = interactions
        self._accounts = accounts
        self._policy = policy

    async def new(self, post: Post) -> bytes:
        """Return a post as its author sees it the moment it is made, also if the request is repeated later."""
        avatars = await self._avatars([post.author_id])
        return self._finished(post, Standing(avatar_url=avatars.get(post.author_id)))

    async def one(self, viewer_id: int, post: Post) -> bytes:
        """Return a post with exact counts; with those that pages show, where counting is cut."""
        counts, liked, avatars = await asyncio.gather(
            self._counts(post.post_id),
            self._interactions.likes_now(viewer_id, post.post_id),
            self._avatars([post.author_id]),
        )
        return self._finished(post, _standing(counts, avatars.get(post.author_id), liked_by_me=liked))

    async def many(self, viewer_id: int, posts: Sequence[Post]) -> list[Raw]:
        """Return the posts of a page; their counts may lag by as much as the counter."""
        ids = [post.post_id for post in posts]
        counts, liked, avatars = await asyncio.gather(
            self._interactions.counts_of(ids),
            self._interactions.liked_by(viewer_id, ids),
            self._avatars({post.author_id for post in posts}),
        )
        standings = (
            _standing(counts[post.post_id], avatars.get(post.author_id), liked_by_me=post.post_id in liked)
            for post in posts
        )
        return [Raw(self._finished(post, standing)) for post, standing in zip(posts, standings, strict=True)]

    async def _counts(self, post_id: int) -> Counts:
        if Cut.FRESH_COUNTS in LEVELS[self._policy().degraded_level].cuts:
            return (await self._interactions.counts_of([post_id]))[post_id]
        return await self._interactions.exact(post_id)

    def _finished(self, post: Post, standing: Standing) -> bytes:
        return finish(post_body(self._views.content(post)), standing)

    async def _avatars(self, author_ids: Collection[int]) -> Mapping[int, str]:
        """Return the URLs of authors' pictures; without PostgreSQL posts are shown without them."""
        try:
            accounts = await self._accounts.get_many(author_ids)
        except EngineUnavailable:
            return {}
        urls = {id_: self._views.avatar_url(account) for id_, account in accounts.items()}
        return {id_: url for id_, url in urls.items() if url is not None}


def _standing(counts: Counts, avatar_url: str | None, *, liked_by_me: bool) -> Standing:
    return Standing(counts.likes, counts.comments, liked_by_me, avatar_url)
