"""Deletes posts, so that no response that begins after the 2xx shows one, on any pod and in any feed mode.

First the post is marked in Cassandra. Then it is hidden from readers that look elsewhere: by a tombstone in Redis or,
if Redis does not confirm it, by its id among the hidden posts in PostgreSQL, which every pod keeps in memory. If no
store confirms it, the client is asked to retry, and the repeated request continues. The worker `purge` removes what
remains.
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
        ports: where posts are stored.
        post_cache: the posts in Redis; guarded.
        announcer: produces the event that `purge` consumes.
        visibility: who may see what.
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
            EngineUnavailable: readers may still see the post; repeating the call is safe.
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
