"""Shows posts outside of the feed. Needs Cassandra, and PostgreSQL for the posts of others."""

from photo_app.http.paging import PageRequest, cut
from photo_app.ports import Ports
from photo_app.posts.rendering import PostRenderer
from photo_app.posts.schemas import EncodedPostPage
from photo_app.visibility import Visibility
from photo_core.domain.posts import Post


class PostService:
    """Posts as their viewers see them.

    Args:
        ports: where posts are stored.
        visibility: who may see what.
        renderer: renders what may be seen.
    """

    def __init__(self, ports: Ports, visibility: Visibility, renderer: PostRenderer) -> None:
        self._posts = ports.posts
        self._visibility = visibility
        self._renderer = renderer

    async def show_new(self, post: Post) -> bytes:
        """Return a post as its author sees it the moment it is made, also if the request is repeated later."""
        return await self._renderer.new(post)

    async def show(self, viewer_id: int, post_id: int) -> bytes:
        """Return a post.

        Raises:
            Problem: there is none, it was deleted, or it is not for this viewer (404).
        """
        found = (await self._posts.get_many([post_id])).get(post_id)
        return await self._renderer.one(viewer_id, await self._visibility.require_post(viewer_id, found))

    async def by_author(self, viewer_id: int, author_id: int, request: PageRequest) -> EncodedPostPage:
        """Return a page of an author's posts, newest first. One's own need no PostgreSQL.

        Raises:
            Problem: no such user, or not for this viewer (404).
        """
        timeline = self._posts.timeline
        if author_id != viewer_id:
            await self._visibility.require_posts_of(viewer_id, author_id)
            timeline = self._posts.timeline_to_show
        page = cut(await timeline(author_id, request.before_id, request.ids_to_read), request)
        posts = await self._posts.get_many(page.ids)
        shown = [posts[id_] for id_ in page.ids if id_ in posts and posts[id_].deleted_at_ms is None]
        return await self._renderer.page(viewer_id, page, shown)
