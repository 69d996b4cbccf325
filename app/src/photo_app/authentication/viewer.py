"""Who sends a request: the `viewer` parameter of every endpoint that needs a token.

Asks no store: the signature, the expiry and the polled list of ended sessions decide.
"""

from collections.abc import MutableMapping
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from photo_app.authentication.revocations import Revocations
from photo_app.authentication.tokens import Tokens, Viewer
from photo_app.http.parameters import parse_id
from photo_app.http.problems import Problem, ProblemType
from photo_app.http.rate_limits import Allowance, RateLimits
from photo_app.http.services import service_of

CHALLENGE = {"WWW-Authenticate": "Bearer"}
bearer = HTTPBearer(auto_error=False)


class Admission:
    """Admits requests by their bearer token, at most so many a second of each account."""

    def __init__(self, tokens: Tokens, revocations: Revocations, rate_limits: RateLimits) -> None:
        self._tokens = tokens
        self._revocations = revocations
        self._rate_limits = rate_limits

    async def admit(self, token: str | None, response_headers: MutableMapping[str, str]) -> Viewer:
        """Return whose token it is and count the request; adds the account's rate limit to the response headers.

        Raises:
            Problem: no valid token (401), or too many requests (429).
            EngineUnavailable: this process has not read the list of ended sessions yet.
        """
        viewer = self._tokens.verify(token) if token else None
        if viewer is None or self._revocations.revoked(viewer):
            raise Problem(ProblemType.UNAUTHENTICATED, "log in by POST /v1/sessions", headers=CHALLENGE)
        allowance = await self._rate_limits.take(viewer.user_id)
        response_headers.update(allowance.headers())
        _require(allowance)
        return viewer


async def authenticated(
    request: Request,
    admission: Annotated[Admission, service_of(Admission)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Viewer:
    """Return who sends the request, and count it.

    Raises:
        Problem: no valid token (401), or too many requests (429).
        EngineUnavailable: this process has not read the list of ended sessions yet.
    """
    return await admission.admit(credentials.credentials if credentials else None, request.state.headers)


def _require(allowance: Allowance) -> None:
    if not allowance.allowed:
        detail = f"at most {allowance.limit} requests a second"
        raise Problem(ProblemType.RATE_LIMITED, detail, headers={"Retry-After": "1"})


CurrentViewer = Annotated[Viewer, Depends(authenticated)]


async def _user_or_me(user_id: str, viewer: CurrentViewer) -> int:
    return viewer.user_id if user_id == "me" else parse_id(user_id, "user")


UserOrMe = Annotated[int, Depends(_user_or_me)]
