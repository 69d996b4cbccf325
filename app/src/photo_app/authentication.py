"""Who sends a request: the `viewer` parameter of every endpoint that needs a token.

Needs no store: the signature, the expiry and the polled revocation list decide.
"""

from collections.abc import MutableMapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from photo_app.dependencies import Services, current_services
from photo_app.problems import Problem, ProblemType
from photo_app.rate_limits import Allowance
from photo_app.sessions.tokens import Viewer

CHALLENGE = {"WWW-Authenticate": "Bearer"}
bearer = HTTPBearer(auto_error=False)


async def authenticated(
    request: Request,
    services: Annotated[Services, Depends(current_services)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Viewer:
    """Return who sends the request, and count it.

    Raises:
        Problem: no valid token (401), or too many requests (429).
        EngineUnavailable: this process has not read yet which sessions have ended.
    """
    return await admitted(services, credentials.credentials if credentials else None, request.state.headers)


async def admitted(services: Services, token: str | None, response_headers: MutableMapping[str, str]) -> Viewer:
    """Return whose token it is, and count the request; `response_headers` get what is left of the account's window.

    Raises:
        Problem: no valid token (401), or too many requests (429).
        EngineUnavailable: this process has not read yet which sessions have ended.
    """
    viewer = services.tokens.verify(token) if token else None
    if viewer is None or services.revocations.revoked(viewer):
        raise Problem(ProblemType.UNAUTHENTICATED, "log in by POST /v1/sessions", headers=CHALLENGE)
    allowance = await services.rate_limits.take(viewer.user_id)
    response_headers.update(allowance.headers())
    _require(allowance)
    return viewer


def _require(allowance: Allowance) -> None:
    if not allowance.allowed:
        detail = f"at most {allowance.limit} requests a second"
        raise Problem(ProblemType.RATE_LIMITED, detail, headers={"Retry-After": "1"})


CurrentViewer = Annotated[Viewer, Depends(authenticated)]
