"""Users over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.parameters import UserOrMe
from photo_app.users.schemas import NewUser, ProfilePatch, Registered, user_view
from photo_core.domain.accounts import ProfileChange

router = APIRouter(prefix="/users", tags=["users"])


@router.post("", status_code=201)
async def register(body: NewUser, services: CurrentServices) -> Response:
    """Register."""
    account = await services.users.register(body)
    return answer(Registered(str(account.user_id), account.username), 201)


@router.get("/{user_id}")
async def read_user(user_id: UserOrMe, _viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show a user, or oneself as `me`."""
    return answer(user_view(await services.users.get(user_id)))


@router.patch("/me")
async def change_profile(body: ProfilePatch, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Change one's own profile."""
    change = ProfileChange(full_name=body.full_name, bio=body.bio)
    return answer(user_view(await services.users.change_profile(viewer.user_id, change)))
