"""Creates, lists and deletes comments, in Cassandra; PostgreSQL tells whose comments a viewer may see.

A comment and its event are no unit of work: the reconciler counts again what is lost between the two.
"""

from msgspec import Struct

from photo_app.authentication.tokens import Viewer
from photo_app.comments.rendering import CommentRenderer
from photo_app.comments.schemas import CommentPage, CommentView
from photo_app.http.idempotency import Idempotency, KeyedRequest
from photo_app.http.paging import PageRequest, cut
from photo_app.http.problems import Problem, ProblemType, not_found
from photo_app.interaction_events import InteractionEvents
from photo_app.ports import Ports
from photo_app.visibility import Visibility
from photo_core.domain.cursor import CursorSigner
from photo_core.domain.interactions import Comment
from photo_core.messages.events import InteractionKind
from photo_core.telemetry import metrics


class CommentToCreate(Struct, frozen=True):
    """A comment to make; `key` is the request's Idempotency-Key."""

    post_id: int
    text: str
    key: str | None


class CommentService:
    """Comments.

    Args:
        ports: where comments, posts and accounts are stored.
        visibility: who may see what.
        idempotency: keeps a repeated request from commenting twice.
        events: tells the worker that counts.
        cursors: signs the cursor of the next page.
    """

    def __init__(
        self,
        ports: Ports,
        visibility: Visibility,
        idempotency: Idempotency,
        events: InteractionEvents,
        cursors: CursorSigner,
    ) -> None:
        self._ports = ports
        self._visibility = visibility
        self._idempotency = idempotency
        self._events = events
        self._cursors = cursors
        self._renderer = CommentRenderer(ports.objects)

    async def create(self, viewer: Viewer, wanted: CommentToCreate) -> CommentView:
        """Store and return a comment, or return the one that this Idempotency-Key has made.

        Raises:
            Problem: there is no such post for the viewer (404), or the key was used otherwise.
        """
        await self._require_post(viewer.user_id, wanted.post_id)
        route = f"POST /v1/posts/{wanted.post_id}/comments"
        claim = await self._idempotency.claim(KeyedRequest(viewer.user_id, route, wanted.key, wanted.text.encode()))
        comment = Comment(
            comment_id=claim.resource_id,
            post_id=wanted.post_id,
            author_id=viewer.user_id,
            username=viewer.username,
            text=wanted.text,
            created_at_ms=claim.created_at_ms,
        )
        if not (claim.repeated and await self._was_made(comment.comment_id)):
            claim.require_abandoned(self._idempotency.now_ms())
            await self._store(comment)
        return (await self._rendered([comment]))[0]

    async def page(self, viewer_id: int, post_id: int, request: PageRequest) -> CommentPage:
        """Return a page of a post's comments, newest first, without those of people across a block.

        Raises:
            Problem: there is no such post for the viewer (404).
        """
        await self._require_post(viewer_id, post_id)
        found = await self._ports.comments.page(post_id, request.before_id, request.ids_to_read)
        page = cut([comment.comment_id for comment in found], request)
        comments = found[: len(page.ids)]
        visible = await self._visibility.people(viewer_id, {comment.author_id for comment in comments})
        views = await self._rendered([comment for comment in comments if comment.author_id in visible])
        next_cursor = page.next_cursor(self._cursors)
        return CommentPage(views, next_cursor, next_cursor is not None)

    async def delete(self, viewer_id: int, comment_id: int) -> None:
        """Delete a comment: one's own, or any under one's own post.

        Raises:
            Problem: there is none for the viewer (404), or it is somebody else's under somebody else's post (403).
        """
        comment = await self._ports.comments.get(comment_id)
        if comment is None:
            raise not_found("comment")
        if comment.author_id != viewer_id:
            await self._require_own_post(viewer_id, comment.post_id)
        await self._events.schedule_recount(comment.post_id)
        if await self._ports.comments.delete(comment):
            await self._events.publish(InteractionKind.COMMENT_DELETED, comment.post_id, comment.author_id)

    async def _was_made(self, comment_id: int) -> bool:
        """Return whether a comment exists or has existed: one that was deleted is not created again."""
        there = await self._ports.comments.get(comment_id)
        return there is not None or await self._ports.comments.was_deleted(comment_id)

    async def _store(self, comment: Comment) -> None:
        await self._events.schedule_recount(comment.post_id)
        await self._ports.comments.create(comment)
        metrics.COMMENTS.inc()
        await self._events.publish(InteractionKind.COMMENT_ADDED, comment.post_id, comment.author_id)

    async def _require_post(self, viewer_id: int, post_id: int) -> int:
        posts = await self._ports.posts.get_many([post_id])
        return (await self._visibility.require_post(viewer_id, posts.get(post_id))).author_id

    async def _require_own_post(self, viewer_id: int, post_id: int) -> None:
        if await self._require_post(viewer_id, post_id) != viewer_id:
            raise Problem(ProblemType.FORBIDDEN, "only its author and the post's can delete a comment")

    async def _rendered(self, comments: list[Comment]) -> list[CommentView]:
        accounts = await self._ports.accounts.get_many({comment.author_id for comment in comments})
        return [self._renderer.view(comment, accounts.get(comment.author_id)) for comment in comments]
