"""The follow graph over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices, Services
from photo_app.follows.schemas import FollowView
from photo_app.paging import Page
from photo_app.parameters import RequestedPage, UserId, UserOrMe
from photo_app.users.schemas import UserPage, user_view
from photo_core.domain.accounts import Account, Follow

router = APIRouter(prefix="/users/{user_id}", tags=["follows"])


@router.post("/follow")
async def follow(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Follow a user."""
    return _followed(await services.follows.follow(viewer.user_id, user_id))


@router.delete("/follow")
async def unfollow(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Unfollow a user."""
    return _followed(await services.follows.unfollow(viewer.user_id, user_id))


@router.get("/followers")
async def followers(user_id: UserOrMe, page: RequestedPage, services: CurrentServices) -> Response:
    """List those who follow a user."""
    return _listed(services, *await services.follows.followers(user_id, page))


@router.get("/following")
async def following(user_id: UserOrMe, page: RequestedPage, services: CurrentServices) -> Response:
    """List those whom a user follows."""
    return _listed(services, *await services.follows.following(user_id, page))


def _followed(state: Follow) -> Response:
    return answer(FollowView(state.following, state.requested, state.follower_count))


def _listed(services: Services, page: Page, accounts: list[Account]) -> Response:
    next_cursor = page.next_cursor(services.cursors)
    return answer(UserPage([user_view(account) for account in accounts], next_cursor, next_cursor is not None))
