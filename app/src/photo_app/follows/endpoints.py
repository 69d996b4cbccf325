"""The follow graph over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.follows.schemas import follow_view
from photo_app.parameters import RequestedPage, UserId, UserOrMe
from photo_app.users.answers import listed

router = APIRouter(prefix="/users/{user_id}", tags=["follows"])


@router.post("/follow")
async def follow(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Follow a user, or ask a private one."""
    return answer(follow_view(await services.people.follows.follow(viewer.user_id, user_id)))


@router.delete("/follow")
async def unfollow(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Unfollow a user, or withdraw a request."""
    return answer(follow_view(await services.people.follows.unfollow(viewer.user_id, user_id)))


@router.get("/followers")
async def followers(
    user_id: UserOrMe, page: RequestedPage, viewer: CurrentViewer, services: CurrentServices
) -> Response:
    """List those who follow a user."""
    return listed(services, page, await services.people.follows.followers(viewer.user_id, user_id, page))


@router.get("/following")
async def following(
    user_id: UserOrMe, page: RequestedPage, viewer: CurrentViewer, services: CurrentServices
) -> Response:
    """List those whom a user follows."""
    return listed(services, page, await services.people.follows.following(viewer.user_id, user_id, page))
