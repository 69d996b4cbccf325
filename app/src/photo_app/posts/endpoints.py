"""Posts over HTTP."""

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from photo_app.answers import answer, answer_json, answer_unless_known
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.operations.schemas import OperationStarted
from photo_app.paging import next_link
from photo_app.parameters import IdempotencyKey, PostId, RequestedPage, UserOrMe
from photo_app.posts.schemas import NewPost
from photo_app.posts.views import PostPage

router = APIRouter(tags=["posts"])


@router.post("/posts", status_code=201)
async def create_post(
    body: NewPost,
    viewer: CurrentViewer,
    services: CurrentServices,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Post photographs that are READY."""
    await services.posting_limits.require(viewer.user_id)
    post = await services.posts.create(viewer, body, idempotency_key)
    return answer_json(await services.presenter.new(post), 201)


@router.get("/posts/{post_id}")
async def read_post(request: Request, post_id: PostId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show a post."""
    post = await services.posts.get(viewer, post_id)
    return answer_unless_known(request, await services.presenter.one(viewer.user_id, post))


@router.delete("/posts/{post_id}")
async def delete_post(post_id: PostId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Delete one's own post; it is gone from every answer that begins after this one."""
    return answer(OperationStarted(str(await services.deletions.delete(viewer, post_id))))


@router.get("/users/{user_id}/posts")
async def posts_by_author(
    request: Request, user_id: UserOrMe, page: RequestedPage, viewer: CurrentViewer, services: CurrentServices
) -> Response:
    """List a user's posts, newest first."""
    cut, posts = await services.posts.by_author(viewer, user_id, page)
    next_cursor = cut.next_cursor(services.cursors)
    shown = PostPage(await services.presenter.many(viewer.user_id, posts), next_cursor, next_cursor is not None)
    return answer_unless_known(request, msgspec.json.encode(shown), next_link(page, next_cursor))
