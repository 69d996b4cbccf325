"""The one place where failures become responses: RFC 9457 problem+json, always with `type` and `request_id`.

Installed by `photo_app.application`. Nothing else in the API catches errors in order to turn them into responses.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from photo_app.http.problems import MEDIA_TYPE, NOTHING, InvalidField, Problem, ProblemDocument, ProblemType
from photo_core.domain.cursor import InvalidCursor
from photo_core.errors import Conflict, EngineUnavailable, MintingStopped, Refused

RETRY_AFTER_SECONDS = "2"
BY_STATUS = {kind.status: kind for kind in reversed(ProblemType)}


def problem_of(error: Exception) -> Problem:
    """Return the problem that describes a failure; an error that is not in the table is a bug."""
    for kind, build in KNOWN.items():
        if isinstance(error, kind):
            return build(error)
    return Problem(ProblemType.INTERNAL, "unexpected failure")


def render(problem: Problem, request_id: str) -> Response:
    """Return the response; plain ASCII, since what clients send may not be encodable."""
    kind = problem.kind
    document = ProblemDocument(kind.uri, kind.title, kind.status, problem.detail, request_id, **problem.extra)
    body = json.dumps(msgspec.to_builtins(document)).encode()
    return Response(body, problem.kind.status, dict(problem.headers), MEDIA_TYPE)


async def failure_response(request: Request, error: Exception) -> Response:
    """Return the response to any failure of an endpoint."""
    return render(problem_of(error), request.state.request_id)


def install(app: FastAPI) -> None:
    """Handle every known error by this module; RequestContext logs and handles the others."""
    for kind in KNOWN:
        app.add_exception_handler(kind, failure_response)


def _engine(error: Any) -> Problem:
    return _later(f"{error.engine} does not answer", {"engine": str(error.engine)})


def _minting(_error: Any) -> Problem:
    return _later("no ids can be given out at the moment", NOTHING)


def _later(detail: str, extra: Mapping[str, Any]) -> Problem:
    return Problem(ProblemType.ENGINE_UNAVAILABLE, detail, headers={"Retry-After": RETRY_AFTER_SECONDS}, extra=extra)


def _conflict(error: Any) -> Problem:
    return Problem(ProblemType.CONFLICT, str(error))


def _refused(error: Any) -> Problem:
    return Problem(ProblemType.FORBIDDEN, str(error))


def _cursor(_error: Any) -> Problem:
    return Problem(ProblemType.INVALID_CURSOR, "take cursors from a page's next_cursor, unchanged")


def _validation(error: Any) -> Problem:
    # never the input itself: it may be a password
    errors = [InvalidField(".".join(str(part) for part in one["loc"]), one["msg"]) for one in error.errors()]
    return Problem(ProblemType.VALIDATION, "see errors", extra={"errors": errors})


def _http(error: Any) -> Problem:
    kind = BY_STATUS.get(error.status_code, ProblemType.BAD_REQUEST)
    return Problem(kind, str(error.detail), headers=error.headers or NOTHING)


KNOWN: Mapping[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda problem: problem,
    EngineUnavailable: _engine,
    MintingStopped: _minting,
    Conflict: _conflict,
    Refused: _refused,
    InvalidCursor: _cursor,
    RequestValidationError: _validation,
    HTTPException: _http,
}
