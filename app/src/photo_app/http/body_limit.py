"""Refuses request bodies that are too large before anything parses them. Photographs never pass through the API.

Plain ASGI, installed by `photo_app.application` inside `RequestContext`.
"""

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photo_app.http.error_mapping import render
from photo_app.http.problems import Problem, ProblemType

MAX_BODY_BYTES = 65_536


class BodyLimit:
    """Middleware around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 413."""
        if scope["type"] == "http" and _declared(scope) > MAX_BODY_BYTES:
            problem = Problem(ProblemType.BODY_TOO_LARGE, f"at most {MAX_BODY_BYTES} bytes")
            await render(problem, scope["state"]["request_id"])(scope, receive, send)
            return
        await self._app(scope, _CountingReceive(receive), send)


class _CountingReceive:
    """Counts the bytes of a body as they arrive, since its length may be undeclared."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._seen = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > MAX_BODY_BYTES:
            # the only kind of error that FastAPI lets through while it reads a body
            raise HTTPException(413, f"at most {MAX_BODY_BYTES} bytes")
        return message


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 16 else MAX_BODY_BYTES + 1
