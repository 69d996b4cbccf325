"""The feed over HTTP."""

from fastapi import APIRouter
from msgspec import Raw
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.feed.schemas import headers_of
from photo_app.parameters import RequestedPage
from photo_app.posts.rendering import Standing, finish, post_body
from photo_app.posts.views import PostPage

router = APIRouter(tags=["feed"])


@router.get("/feed")
async def read_feed(viewer: CurrentViewer, page: RequestedPage, services: CurrentServices) -> Response:
    """Show the newest posts of the viewer and of those they follow, newest first, without an end."""
    served = await services.feed.page(viewer.user_id, page.before_id, page.limit)
    views = [Raw(finish(post_body(services.post_views.content(post)), Standing())) for post in served.page.posts]
    next_before_id = served.page.next_before_id
    next_cursor = None if next_before_id is None else services.cursors.encode(next_before_id)
    return answer(PostPage(views, next_cursor, next_cursor is not None), headers=headers_of(served))
