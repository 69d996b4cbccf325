"""Deletes posts, so that no answer that begins after the 2xx shows one, on any pod and in any mode.

First the truth, then what readers look at before it: a tombstone in Redis, or, where Redis does not confirm it, the
post's id among the hidden ones in PostgreSQL, which every reader holds in memory. If neither confirms, the client is
told to try again, and a repeated request goes on from there. What is left of the post is the worker `purge`'s.
"""

from photo_app.authentication.tokens import Viewer
from photo_app.http.problems import Problem, ProblemType
from photo_app.ports import Ports
from photo_app.posts.announcing import Announcer
from photo_app.visibility import Visibility
from photo_core.domain.posts import Post
from photo_core.errors import EngineUnavailable
from photo_core.ports.post_cache import PostCache
from photo_core.ports.posts import deletion_record


class PostDeletion:
    """Deletions of posts.

    Args:
        ports: the truth.
        post_cache: the guarded one.
        announcer: tells the worker.
        visibility: what a stranger is told.
    """

    def __init__(self, ports: Ports, post_cache: PostCache, announcer: Announcer, visibility: Visibility) -> None:
        self._ports = ports
        self._post_cache = post_cache
        self._announcer = announcer
        self._visibility = visibility

    async def delete(self, viewer: Viewer, post_id: int) -> int:
        """Delete one's own post and return the id of the operation; again for one that is deleted already.

        Raises:
            Problem: there is none that the viewer may see (404), or it is somebody else's (403).
            EngineUnavailable: readers may still be shown the post; the same call again is safe.
        """
        post = (await self._ports.posts.get_many([post_id])).get(post_id)
        if post is None or post.author_id != viewer.user_id:
            await self._visibility.require_post(viewer.user_id, post)
            raise Problem(ProblemType.FORBIDDEN, "only its author can delete a post")
        if post.deleted_at_ms is None:
            await self._store(post)
        await self._hide(post_id)
        return post_id

    async def _store(self, post: Post) -> None:
        deleted_at_ms = self._ports.clock.now_ms()
        event = deletion_record(self._ports.minter.mint(), post, deleted_at_ms)
        await self._ports.posts.delete(post, deleted_at_ms, event)
        self._announcer.announce(event)

    async def _hide(self, post_id: int) -> None:
        try:
            await self._post_cache.bury(post_id)
        except EngineUnavailable:
            await self._ports.feed_states.hide(post_id)
