"""Requires that a viewer may see an account or a post; what may not be seen is treated as if it did not exist.

Called by the services outside of the feed; the viewer is the first argument. The decisions are in
photo_core.domain.visibility; relations are read from PostgreSQL each time, so that the next request obeys a block.
"""

from collections.abc import Collection

from photo_app.http.problems import not_found
from photo_core.domain.posts import Post
from photo_core.domain.visibility import Relation, may_meet, may_see_account, may_see_post, may_see_posts_of
from photo_core.ports.follows import Follows


class Visibility:
    """Checks what viewers may see."""

    def __init__(self, follows: Follows) -> None:
        self._follows = follows

    async def require_account(self, viewer_id: int, user_id: int) -> None:
        """Require that a profile may be seen.

        Raises:
            Problem: there is no such account, or it has blocked the viewer (404).
        """
        if not may_see_account(await self._required(viewer_id, user_id)):
            raise not_found("user")

    async def require_posts_of(self, viewer_id: int, author_id: int) -> None:
        """Require that an author's posts, followers and followees may be seen.

        Raises:
            Problem: there is no such author, or not for this viewer (404).
        """
        if not may_see_posts_of(await self._required(viewer_id, author_id)):
            raise not_found("user")

    async def require_post(self, viewer_id: int, post: Post | None) -> Post:
        """Return a post that was read from its store, if the viewer may see it. One's own needs no PostgreSQL.

        Raises:
            Problem: there is none, it was deleted, or it is not for this viewer (404).
        """
        relation = None if post is None else await self._relation(viewer_id, post.author_id)
        if post is None or relation is None or not may_see_post(post, relation):
            raise not_found("post")
        return post

    async def may_like(self, viewer_id: int, post: Post | None) -> bool:
        """Return whether a viewer may like a post: not across a block, which a refusal would reveal.

        Raises:
            Problem: there is none, it was deleted, or its author is private to the viewer (404).
        """
        relation = None if post is None else await self._relation(viewer_id, post.author_id)
        if post is None or relation is None or post.deleted_at_ms is not None:
            raise not_found("post")
        if not (may_see_post(post, relation) or (relation.blocked and not relation.private)):
            raise not_found("post")
        return not relation.blocked

    async def visible(self, viewer_id: int, posts: Collection[Post]) -> list[Post]:
        """Return the posts that the viewer may see, in the given order."""
        relations = await self._follows.relations(viewer_id, {post.author_id for post in posts})
        return [post for post in posts if post.author_id in relations and may_see_post(post, relations[post.author_id])]

    async def people(self, viewer_id: int, user_ids: Collection[int]) -> frozenset[int]:
        """Return the people whom the viewer may see in lists and comments."""
        relations = await self._follows.relations(viewer_id, user_ids)
        return frozenset(user_id for user_id, relation in relations.items() if may_meet(relation))

    async def _required(self, viewer_id: int, user_id: int) -> Relation:
        relation = await self._relation(viewer_id, user_id)
        if relation is None:
            raise not_found("user")
        return relation

    async def _relation(self, viewer_id: int, user_id: int) -> Relation | None:
        """Return the relation of a viewer to an account; to one's own, without asking a store."""
        if viewer_id == user_id:
            return Relation(viewer_id, user_id)
        return await self._follows.relation(viewer_id, user_id)
