"""Posts over HTTP."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer, UserOrMe
from photo_app.http.openapi import NOT_MODIFIED, problems, success
from photo_app.http.paging import next_link
from photo_app.http.parameters import IdempotencyKey, PostId, RequestedPage
from photo_app.http.problems import ProblemType
from photo_app.http.responses import conditional_response, encoded_response, json_response
from photo_app.http.services import service_of
from photo_app.operations.schemas import OperationStarted
from photo_app.posts.creation import PostCreation
from photo_app.posts.deletion import PostDeletion
from photo_app.posts.schemas import NewPost, PostPage, PostView
from photo_app.posts.service import PostService

router = APIRouter(tags=["posts"])
Posts = Annotated[PostService, service_of(PostService)]


@router.post("/posts", status_code=201, responses=success(PostView, 201) | problems(ProblemType.MEDIA_NOT_USABLE))
async def create_post(
    body: NewPost,
    viewer: CurrentViewer,
    creation: Annotated[PostCreation, service_of(PostCreation)],
    posts: Posts,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Post photographs that are READY."""
    post = await creation.create(viewer, body, idempotency_key)
    return encoded_response(await posts.show_new(post), 201)


@router.get("/posts/{post_id}", responses=success(PostView) | NOT_MODIFIED | problems(ProblemType.NOT_FOUND))
async def read_post(request: Request, post_id: PostId, viewer: CurrentViewer, posts: Posts) -> Response:
    """Show a post."""
    return conditional_response(request, await posts.show(viewer.user_id, post_id))


@router.delete(
    "/posts/{post_id}", responses=success(OperationStarted) | problems(ProblemType.FORBIDDEN, ProblemType.NOT_FOUND)
)
async def delete_post(
    post_id: PostId, viewer: CurrentViewer, deletion: Annotated[PostDeletion, service_of(PostDeletion)]
) -> Response:
    """Delete one's own post; it is gone from every answer that begins after this one."""
    return json_response(OperationStarted(str(await deletion.delete(viewer, post_id))))


@router.get("/users/{user_id}/posts", responses=success(PostPage) | NOT_MODIFIED | problems(ProblemType.NOT_FOUND))
async def posts_by_author(
    request: Request, user_id: UserOrMe, page: RequestedPage, viewer: CurrentViewer, posts: Posts
) -> Response:
    """List a user's posts, newest first."""
    shown = await posts.by_author(viewer.user_id, user_id, page)
    return conditional_response(request, msgspec.json.encode(shown), next_link(page, shown.next_cursor))
