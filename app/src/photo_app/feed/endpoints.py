"""The feed over HTTP. Ordinary requests are served by photo_app.feed.fast_lane, which answers as this route does."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.feed.rendering import page_response
from photo_app.feed.service import FeedService
from photo_app.http.openapi import NOT_MODIFIED, success
from photo_app.http.parameters import Cursors, RequestedPage
from photo_app.http.services import service_of
from photo_app.posts.schemas import PostPage

router = APIRouter(tags=["feed"])


@router.get("/feed", responses=success(PostPage) | NOT_MODIFIED)
async def read_feed(
    request: Request,
    viewer: CurrentViewer,
    page: RequestedPage,
    feed: Annotated[FeedService, service_of(FeedService)],
    cursors: Cursors,
) -> Response:
    """Show the newest posts of the viewer and of those they follow, newest first, without an end."""
    served = await feed.page(viewer.user_id, page.before_id, page.limit)
    return page_response(request, page, served, cursors)
