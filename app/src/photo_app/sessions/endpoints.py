"""Sessions over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.answers import answer, rfc3339
from photo_app.authentication import CurrentViewer
from photo_app.dependencies import CurrentServices
from photo_app.sessions.schemas import Login, SessionView

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post("", status_code=201)
async def log_in(body: Login, services: CurrentServices) -> Response:
    """Begin a session."""
    token, viewer = await services.sessions.begin(body)
    return answer(SessionView(token, rfc3339(viewer.expires_at_ms), str(viewer.user_id)), 201)


@router.delete("/current", status_code=204)
async def log_out(viewer: CurrentViewer, services: CurrentServices) -> Response:
    """End the session of the token that is sent."""
    await services.sessions.end(viewer)
    return Response(status_code=204)
