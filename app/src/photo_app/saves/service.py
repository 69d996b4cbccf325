"""Saved posts: kept by their user alone, and shown for as long as the posts may be seen."""

from photo_app.paging import Page, PageRequest, cut
from photo_app.ports import Ports
from photo_app.visibility import Visibility
from photo_core.domain.posts import Post


class SaveService:
    """Saves."""

    def __init__(self, ports: Ports, visibility: Visibility) -> None:
        self._ports = ports
        self._visibility = visibility

    async def save(self, viewer_id: int, post_id: int) -> None:
        """Keep a post; idempotent.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        await self._require_post(viewer_id, post_id)
        await self._ports.saves.save(viewer_id, post_id)

    async def unsave(self, viewer_id: int, post_id: int) -> None:
        """Keep a post no longer; idempotent.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        await self._require_post(viewer_id, post_id)
        await self._ports.saves.unsave(viewer_id, post_id)

    async def page(self, viewer_id: int, request: PageRequest) -> tuple[Page, list[Post]]:
        """Return a page of the viewer's saved posts, newest post first, without those that may not be seen."""
        page = cut(await self._ports.saves.page(viewer_id, request.before_id, request.enough), request)
        posts = await self._ports.posts.get_many(page.ids)
        return page, await self._visibility.visible(viewer_id, [posts[id_] for id_ in page.ids if id_ in posts])

    async def _require_post(self, viewer_id: int, post_id: int) -> None:
        posts = await self._ports.posts.get_many([post_id])
        await self._visibility.require_post(viewer_id, posts.get(post_id))
