"""The follow graph over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer, UserOrMe
from photo_app.follows.rendering import follow_view
from photo_app.follows.schemas import FollowView
from photo_app.follows.service import FollowService
from photo_app.http.openapi import problems, success
from photo_app.http.parameters import RequestedPage, UserId
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of
from photo_app.users.rendering import UserRenderer
from photo_app.users.schemas import UserPage

router = APIRouter(prefix="/users/{user_id}", tags=["follows"])
Follows = Annotated[FollowService, service_of(FollowService)]
Users = Annotated[UserRenderer, service_of(UserRenderer)]


@router.post(
    "/follow",
    responses=success(FollowView) | problems(ProblemType.FORBIDDEN, ProblemType.NOT_FOUND, ProblemType.VALIDATION),
)
async def follow(user_id: UserId, viewer: CurrentViewer, follows: Follows) -> Response:
    """Follow a user, or ask a private one."""
    return json_response(follow_view(await follows.follow(viewer.user_id, user_id)))


@router.delete("/follow", responses=success(FollowView) | problems(ProblemType.NOT_FOUND))
async def unfollow(user_id: UserId, viewer: CurrentViewer, follows: Follows) -> Response:
    """Unfollow a user, or withdraw a request."""
    return json_response(follow_view(await follows.unfollow(viewer.user_id, user_id)))


@router.get("/followers", responses=success(UserPage) | problems(ProblemType.NOT_FOUND))
async def followers(
    user_id: UserOrMe, page: RequestedPage, viewer: CurrentViewer, follows: Follows, users: Users
) -> Response:
    """List those who follow a user."""
    return users.page(page, await follows.followers(viewer.user_id, user_id, page))


@router.get("/following", responses=success(UserPage) | problems(ProblemType.NOT_FOUND))
async def following(
    user_id: UserOrMe, page: RequestedPage, viewer: CurrentViewer, follows: Follows, users: Users
) -> Response:
    """List those whom a user follows."""
    return users.page(page, await follows.following(viewer.user_id, user_id, page))
