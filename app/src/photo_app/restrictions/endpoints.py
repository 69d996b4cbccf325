"""Blocks and mutes over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.parameters import UserId
from photo_app.restrictions.schemas import BlockView, MuteView

router = APIRouter(prefix="/users/{user_id}", tags=["restrictions"])


@router.post("/block")
async def block(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Block a user, which ends both follows."""
    await services.people.restrictions.block(viewer.user_id, user_id)
    return answer(BlockView(blocked=True))


@router.delete("/block")
async def unblock(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Unblock a user, which restores no follow."""
    await services.people.restrictions.unblock(viewer.user_id, user_id)
    return answer(BlockView(blocked=False))


@router.post("/mute")
async def mute(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Mute a user in one's feed."""
    await services.people.restrictions.mute(viewer.user_id, user_id)
    return answer(MuteView(muted=True))


@router.delete("/mute")
async def unmute(user_id: UserId, viewer: CurrentViewer, services: CurrentServices) -> Response:
    """Let a user back into one's feed."""
    await services.people.restrictions.unmute(viewer.user_id, user_id)
    return answer(MuteView(muted=False))
