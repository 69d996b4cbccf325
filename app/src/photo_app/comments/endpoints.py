"""Comments over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.comments.schemas import CommentPage, CommentView, NewComment
from photo_app.comments.service import CommentService, CommentToCreate
from photo_app.http.openapi import problems, success
from photo_app.http.paging import next_link
from photo_app.http.parameters import CommentId, IdempotencyKey, PostId, RequestedPage
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of

router = APIRouter(tags=["comments"])
Comments = Annotated[CommentService, service_of(CommentService)]


@router.post(
    "/posts/{post_id}/comments", status_code=201, responses=success(CommentView, 201) | problems(ProblemType.NOT_FOUND)
)
async def create_comment(
    post_id: PostId,
    body: NewComment,
    viewer: CurrentViewer,
    comments: Comments,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Comment on a post."""
    return json_response(await comments.create(viewer, CommentToCreate(post_id, body.text, idempotency_key)), 201)


@router.get("/posts/{post_id}/comments", responses=success(CommentPage) | problems(ProblemType.NOT_FOUND))
async def list_comments(post_id: PostId, page: RequestedPage, viewer: CurrentViewer, comments: Comments) -> Response:
    """List a post's comments, newest first."""
    shown = await comments.page(viewer.user_id, post_id, page)
    return json_response(shown, headers=next_link(page, shown.next_cursor))


@router.delete(
    "/comments/{comment_id}", status_code=204, responses=problems(ProblemType.FORBIDDEN, ProblemType.NOT_FOUND)
)
async def delete_comment(comment_id: CommentId, viewer: CurrentViewer, comments: Comments) -> Response:
    """Delete a comment: one's own, or any under one's own post."""
    await comments.delete(viewer.user_id, comment_id)
    return Response(status_code=204)
