"""Comments over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.comments.schemas import NewComment
from photo_app.comments.service import Wanted
from photo_app.comments.views import CommentPage
from photo_app.dependencies import CurrentServices
from photo_app.paging import next_link
from photo_app.parameters import CommentId, IdempotencyKey, PostId, RequestedPage

router = APIRouter(tags=["comments"])


@router.post("/posts/{post_id}/comments", status_code=201)
async def create_comment(
    post_id: PostId,
    body: NewComment,
    viewer: CurrentViewer,
    services: CurrentServices,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Comment on a post."""
    said = await services.reactions.comments.create(viewer, Wanted(post_id, body.text, idempotency_key))
    return answer(services.reactions.comment_views.view(said), 201)


@router.get("/posts/{post_id}/comments")
async def list_comments(
    post_id: PostId, page: RequestedPage, viewer: CurrentViewer, services: CurrentServices
) -> Response:
    """List a post's comments, newest first."""
    cut, said = await services.reactions.comments.page(viewer.user_id, post_id, page)
    next_cursor = cut.next_cursor(services.cursors)
    views = [services.reactions.comment_views.view(each) for each in said]
    return answer(CommentPage(views, next_cursor, next_cursor is not None), headers=next_link(page, next_cursor))


@router.delete("/comments/{comment_id}", status_code=204)
async def delete_comment(comment_id: CommentId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Delete a comment: one's own, or any under one's own post."""
    await services.reactions.comments.delete(viewer.user_id, comment_id)
    return Response(status_code=204)
