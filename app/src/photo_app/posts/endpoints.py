"""Posts over HTTP."""

from fastapi import APIRouter
from msgspec import Raw
from starlette.responses import Response

from photo_app.answers import answer, answer_json
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.parameters import IdempotencyKey, OperationId, PostId, RequestedPage, UserOrMe
from photo_app.posts.rendering import Standing, finish, post_body
from photo_app.posts.schemas import NewPost, OperationStarted, OperationView
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
    post = await services.posts.create(viewer, body, idempotency_key)
    return answer_json(finish(post_body(services.post_views.content(post)), Standing()), 201)


@router.get("/posts/{post_id}")
async def read_post(post_id: PostId, _viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show a post."""
    post = await services.posts.get(post_id)
    return answer_json(finish(post_body(services.post_views.content(post)), Standing()))


@router.delete("/posts/{post_id}")
async def delete_post(post_id: PostId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Delete one's own post; it is gone from every answer that begins after this one."""
    return answer(OperationStarted(str(await services.posts.delete(viewer, post_id))))


@router.get("/users/{user_id}/posts")
async def posts_by_author(user_id: UserOrMe, page: RequestedPage, services: CurrentServices) -> Response:
    """List a user's posts, newest first."""
    cut, posts = await services.posts.by_author(user_id, page)
    views = [Raw(finish(post_body(services.post_views.content(post)), Standing())) for post in posts]
    next_cursor = cut.next_cursor(services.cursors)
    return answer(PostPage(views, next_cursor, next_cursor is not None))


@router.get("/operations/{operation_id}")
async def read_operation(operation_id: OperationId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show how far a deletion is: a post is gone at once, so its operation is done when its id is known."""
    await services.posts.require_deletion(viewer, operation_id)
    return answer(OperationView(str(operation_id), "DONE", 100))
