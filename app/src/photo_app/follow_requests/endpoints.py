"""Requests to follow a private account, over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.follows.schemas import follow_view
from photo_app.parameters import RequestedPage, UserId
from photo_app.users.answers import listed

router = APIRouter(prefix="/follow-requests", tags=["follows"])


@router.get("")
async def waiting(page: RequestedPage, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """List those who have asked to follow the viewer."""
    return listed(services, page, await services.people.requests.waiting(viewer.user_id, page))


@router.post("/{user_id}")
async def accept(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Let a user follow the viewer; the answer tells how that user stands to the viewer."""
    return answer(follow_view(await services.people.requests.accept(viewer.user_id, user_id)))


@router.delete("/{user_id}")
async def decline(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Decline a user's request."""
    return answer(follow_view(await services.people.requests.decline(viewer.user_id, user_id)))
