"""Saves posts. Only their user sees the list, and in it only posts that may still be seen."""

from photo_app.http.paging import PageRequest, cut
from photo_app.ports import Ports
from photo_app.posts.rendering import PostRenderer
from photo_app.posts.schemas import EncodedPostPage
from photo_app.visibility import Visibility


class SaveService:
    """Saves.

    Args:
        ports: where saves and posts are stored.
        visibility: who may see what.
        renderer: renders the posts of a page.
    """

    def __init__(self, ports: Ports, visibility: Visibility, renderer: PostRenderer) -> None:
        self._ports = ports
        self._visibility = visibility
        self._renderer = renderer

    async def save(self, viewer_id: int, post_id: int) -> None:
        """Save a post; idempotent.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        await self._require_post(viewer_id, post_id)
        await self._ports.saves.save(viewer_id, post_id)

    async def unsave(self, viewer_id: int, post_id: int) -> None:
        """Remove a post from those saved; idempotent.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        await self._require_post(viewer_id, post_id)
        await self._ports.saves.unsave(viewer_id, post_id)

    async def page(self, viewer_id: int, request: PageRequest) -> EncodedPostPage:
        """Return a page of the viewer's saved posts, newest post first, without those that may not be seen."""
        page = cut(await self._ports.saves.page(viewer_id, request.before_id, request.ids_to_read), request)
        posts = await self._ports.posts.get_many(page.ids)
        visible = await self._visibility.visible(viewer_id, [posts[id_] for id_ in page.ids if id_ in posts])
        return await self._renderer.page(viewer_id, page, visible)

    async def _require_post(self, viewer_id: int, post_id: int) -> None:
        posts = await self._ports.posts.get_many([post_id])
        await self._visibility.require_post(viewer_id, posts.get(post_id))
