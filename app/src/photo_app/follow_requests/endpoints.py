"""Requests to follow a private account, over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.follow_requests.service import FollowRequestService
from photo_app.follows.rendering import follow_view
from photo_app.follows.schemas import FollowView
from photo_app.http.openapi import problems, success
from photo_app.http.parameters import RequestedPage, UserId
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of
from photo_app.users.rendering import UserRenderer
from photo_app.users.schemas import UserPage

router = APIRouter(prefix="/follow-requests", tags=["follows"])
Requests = Annotated[FollowRequestService, service_of(FollowRequestService)]


@router.get("", responses=success(UserPage) | problems(ProblemType.NOT_FOUND))
async def waiting(
    page: RequestedPage,
    viewer: CurrentViewer,
    requests: Requests,
    users: Annotated[UserRenderer, service_of(UserRenderer)],
) -> Response:
    """List those who have asked to follow the viewer."""
    return users.page(page, await requests.waiting(viewer.user_id, page))


@router.post("/{user_id}", responses=success(FollowView) | problems(ProblemType.NOT_FOUND))
async def accept(user_id: UserId, viewer: CurrentViewer, requests: Requests) -> Response:
    """Accept a user's request to follow the viewer; the response tells how that user stands to the viewer."""
    return json_response(follow_view(await requests.accept(viewer.user_id, user_id)))


@router.delete("/{user_id}", responses=success(FollowView) | problems(ProblemType.NOT_FOUND))
async def decline(user_id: UserId, viewer: CurrentViewer, requests: Requests) -> Response:
    """Decline a user's request."""
    return json_response(follow_view(await requests.decline(viewer.user_id, user_id)))
