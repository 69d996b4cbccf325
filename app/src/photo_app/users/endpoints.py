"""Users over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer, UserOrMe
from photo_app.http.openapi import problems, success
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of
from photo_app.operations.schemas import OperationStarted
from photo_app.users.account_deletion import AccountDeletionService
from photo_app.users.rendering import UserRenderer
from photo_app.users.schemas import AccountDeletion, NewUser, ProfilePatch, Registered, UserView
from photo_app.users.service import Profiles, Registration

router = APIRouter(prefix="/users", tags=["users"])
CurrentProfiles = Annotated[Profiles, service_of(Profiles)]
Users = Annotated[UserRenderer, service_of(UserRenderer)]


@router.post("", status_code=201, responses=success(Registered, 201) | problems(ProblemType.CONFLICT))
async def register(body: NewUser, registration: Annotated[Registration, service_of(Registration)]) -> Response:
    """Register."""
    account = await registration.register(body)
    return json_response(Registered(str(account.user_id), account.username), 201)


@router.get("/{user_id}", responses=success(UserView) | problems(ProblemType.NOT_FOUND))
async def read_user(user_id: UserOrMe, viewer: CurrentViewer, profiles: CurrentProfiles, users: Users) -> Response:
    """Show a user, or oneself as `me`."""
    return json_response(users.view(await profiles.get(viewer.user_id, user_id)))


@router.patch("/me", responses=success(UserView) | problems(ProblemType.NOT_FOUND, ProblemType.MEDIA_NOT_USABLE))
async def change_profile(
    body: ProfilePatch, viewer: CurrentViewer, profiles: CurrentProfiles, users: Users
) -> Response:
    """Change one's own profile."""
    return json_response(users.view(await profiles.change(viewer.user_id, body)))


@router.delete("/me", responses=success(OperationStarted) | problems(ProblemType.FORBIDDEN))
async def delete_account(
    body: AccountDeletion,
    viewer: CurrentViewer,
    deletions: Annotated[AccountDeletionService, service_of(AccountDeletionService)],
) -> Response:
    """Delete one's own account; it is gone from every answer that begins after this one.

    Its name stays taken. Every token of the account is refused within five seconds; until then the operation may be
    read with it.
    """
    return json_response(OperationStarted(str(await deletions.delete(viewer, body))))
