"""Users over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.operations.schemas import OperationStarted
from photo_app.parameters import UserOrMe
from photo_app.users.schemas import AccountDeletion, NewUser, ProfilePatch, Registered

router = APIRouter(prefix="/users", tags=["users"])


@router.post("", status_code=201)
async def register(body: NewUser, services: CurrentServices) -> Response:
    """Register."""
    account = await services.people.registration.register(body)
    return answer(Registered(str(account.user_id), account.username), 201)


@router.get("/{user_id}")
async def read_user(user_id: UserOrMe, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Show a user, or oneself as `me`."""
    return answer(services.people.views.view(await services.people.profiles.get(viewer.user_id, user_id)))


@router.patch("/me")
async def change_profile(body: ProfilePatch, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Change one's own profile."""
    return answer(services.people.views.view(await services.people.profiles.change(viewer.user_id, body)))


@router.delete("/me")
async def delete_account(body: AccountDeletion, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Delete one's own account; it is gone from every answer that begins after this one.

    Its name stays taken. Every token of the account is refused within five seconds; until then the operation may be
    read with it.
    """
    return answer(OperationStarted(str(await services.people.closing.delete(viewer, body))))
