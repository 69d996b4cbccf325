"""Sessions over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from photo_app.authentication.viewer import CurrentViewer
from photo_app.http.openapi import problems, success
from photo_app.http.problems import ProblemType
from photo_app.http.responses import json_response, rfc3339
from photo_app.http.services import service_of
from photo_app.sessions.schemas import Login, SessionView
from photo_app.sessions.service import SessionService

router = APIRouter(prefix="/sessions", tags=["sessions"])
Sessions = Annotated[SessionService, service_of(SessionService)]


@router.post("", status_code=201, responses=success(SessionView, 201) | problems(ProblemType.WRONG_CREDENTIALS))
async def log_in(body: Login, sessions: Sessions) -> Response:
    """Begin a session."""
    token, viewer = await sessions.begin(body)
    return json_response(SessionView(token, rfc3339(viewer.expires_at_ms), str(viewer.user_id)), 201)


@router.delete("/current", status_code=204)
async def log_out(viewer: CurrentViewer, sessions: Sessions) -> Response:
    """End the session whose token is sent."""
    await sessions.end(viewer)
    return Response(status_code=204)
