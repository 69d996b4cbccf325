"""Creates, reads and deletes posts: one unit of work that stores the fact with its event, then the event at once.

Needs Cassandra only; PostgreSQL is asked just to tell an author without posts from nobody.
"""

from photo_app.idempotency import Idempotency, KeyedRequest
from photo_app.paging import Page, PageRequest, cut
from photo_app.ports import Ports
from photo_app.posts.decisions import build_post, created_event, deleted_event, usable_media
from photo_app.posts.schemas import NewPost
from photo_app.problems import Problem, ProblemType, not_found
from photo_app.sessions.tokens import Viewer
from photo_app.side_tasks import SideTasks
from photo_core.domain.posts import Post, PostMedia
from photo_core.ports.events import OutgoingMessage
from photo_core.ports.posts import OutboxRecord

ROUTE = "POST /v1/posts"


class PostService:
    """Posts."""

    def __init__(self, ports: Ports, idempotency: Idempotency, side_tasks: SideTasks) -> None:
        self._ports = ports
        self._idempotency = idempotency
        self._side_tasks = side_tasks

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
        event = created_event(self._ports.minter.mint(), post)
        await self._ports.posts.create(post, event)
        self._produce(event)
        return post

    async def get(self, post_id: int) -> Post:
        """Return a post.

        Raises:
            Problem: there is none, or it was deleted (404).
        """
        post = await self._find(post_id)
        if post is None or post.deleted_at_ms is not None:
            raise not_found("post")
        return post

    async def delete(self, viewer: Viewer, post_id: int) -> int:
        """Delete one's own post and return the id of the operation that removes what is left of it.

        Raises:
            Problem: there is none (404), or it is somebody else's (403).
        """
        post = await self.get(post_id)
        if post.author_id != viewer.user_id:
            raise Problem(ProblemType.FORBIDDEN, "only its author can delete a post")
        deleted_at_ms = self._ports.clock.now_ms()
        event = deleted_event(self._ports.minter.mint(), post, deleted_at_ms)
        await self._ports.posts.delete(post, deleted_at_ms, event)
        self._produce(event)
        return post_id

    async def require_deletion(self, viewer: Viewer, operation_id: int) -> None:
        """Require that an operation is a deletion by somebody: it has the id of the post that they deleted.

        Raises:
            Problem: it is none of theirs (404).
        """
        post = await self._find(operation_id)
        if post is None or post.deleted_at_ms is None or post.author_id != viewer.user_id:
            raise not_found("operation")

    async def by_author(self, author_id: int, request: PageRequest) -> tuple[Page, list[Post]]:
        """Return a page of an author's posts, newest first.

        Raises:
            Problem: no such user (404).
        """
        page = cut(await self._ports.posts.timeline(author_id, request.before_id, request.enough), request)
        if not page.ids and not await self._ports.accounts.get_many([author_id]):
            raise not_found("user")
        posts = await self._ports.posts.get_many(page.ids)
        return page, [posts[id_] for id_ in page.ids if id_ in posts and posts[id_].deleted_at_ms is None]

    async def _media(self, wanted: NewPost, owner_id: int) -> tuple[PostMedia, ...]:
        found = await self._ports.media.get_many([int(media_id) for media_id in wanted.media_ids])
        return usable_media(wanted, found, owner_id)

    async def _find(self, post_id: int) -> Post | None:
        return (await self._ports.posts.get_many([post_id])).get(post_id)

    def _produce(self, record: OutboxRecord) -> None:
        message = OutgoingMessage(record.topic, record.key, record.value)
        outbox, side_tasks = self._ports.outbox, self._side_tasks
        self._ports.publisher.publish_soon(message, lambda: side_tasks.start(outbox.discard(record)))
