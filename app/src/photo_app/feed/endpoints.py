"""The feed over HTTP."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from photo_app.answers import answer_unless_known
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices, Services
from photo_app.feed.schemas import body_of, headers_of, next_cursor_of
from photo_app.paging import PageRequest, next_link
from photo_app.parameters import RequestedPage
from photo_app.sessions.tokens import Viewer

router = APIRouter(tags=["feed"])


@router.get("/feed")
async def read_feed(
    request: Request, viewer: CurrentViewer, page: RequestedPage, services: CurrentServices
) -> Response:
    """Show the newest posts of the viewer and of those they follow, newest first, without an end."""
    return await answer_page(request, viewer, page, services)


async def answer_page(request: Request, viewer: Viewer, page: PageRequest, services: Services) -> Response:
    """Answer a page, or 304 to who has it; also called by photo_app.feed.fast_lane."""
    served = await services.feed.page(viewer.user_id, page.before_id, page.limit)
    next_cursor = next_cursor_of(served, page.before_id, services.cursors)
    headers = {**headers_of(served), **next_link(page, next_cursor)}
    return answer_unless_known(request, body_of(served, next_cursor), headers)
