"""Blocks and mutes over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.http.openapi import problems, success
from photo_app.http.parameters import UserId
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response
from photo_app.http.services import service_of
from photo_app.restrictions.schemas import BlockView, MuteView
from photo_app.restrictions.service import RestrictionService

router = APIRouter(prefix="/users/{user_id}", tags=["restrictions"])
ANOTHER_USER = problems(ProblemType.NOT_FOUND, ProblemType.VALIDATION)
Restrictions = Annotated[RestrictionService, service_of(RestrictionService)]


@router.post("/block", responses=success(BlockView) | ANOTHER_USER)
async def block(user_id: UserId, viewer: CurrentViewer, restrictions: Restrictions) -> Response:
    """Block a user, which ends both follows."""
    await restrictions.block(viewer.user_id, user_id)
    return json_response(BlockView(blocked=True))


@router.delete("/block", responses=success(BlockView) | ANOTHER_USER)
async def unblock(user_id: UserId, viewer: CurrentViewer, restrictions: Restrictions) -> Response:
    """Unblock a user, which restores no follow."""
    await restrictions.unblock(viewer.user_id, user_id)
    return json_response(BlockView(blocked=False))


@router.post("/mute", responses=success(MuteView) | ANOTHER_USER)
async def mute(user_id: UserId, viewer: CurrentViewer, restrictions: Restrictions) -> Response:
    """Hide a user's posts from one's own feed."""
    await restrictions.mute(viewer.user_id, user_id)
    return json_response(MuteView(muted=True))


@router.delete("/mute", responses=success(MuteView) | ANOTHER_USER)
async def unmute(user_id: UserId, viewer: CurrentViewer, restrictions: Restrictions) -> Response:
    """Show a muted user's posts in one's own feed again."""
    await restrictions.unmute(viewer.user_id, user_id)
    return json_response(MuteView(muted=False))
