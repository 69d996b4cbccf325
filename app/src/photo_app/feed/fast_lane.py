"""GET /v1/feed past the framework's routing and validation, which cost more than a page itself.

Takes the ordinary request: known parameters, each well-formed, and a bearer token. Whatever is not is passed on to the
route in photo_app.feed.endpoints, which says what is wrong; both admit and answer by the same functions. Plain ASGI,
installed by photo_app.application inside `RequestContext`.
"""

import re

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from photo_app.authentication import admitted
from photo_app.dependencies import Services
from photo_app.error_mapping import problem_of, render
from photo_app.feed.endpoints import answer_page
from photo_app.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from photo_core.errors import PhotoError

PATH = "/v1/feed"
LIMIT = re.compile(r"[1-9][0-9]{0,2}")
CURSOR = re.compile(r"[A-Za-z0-9_-]{1,256}")
BEARER = b"Bearer "


class OrdinaryRequest(Struct, frozen=True):
    """A request for a page as nearly all are."""

    token: str
    limit: int
    cursor: str | None


class MatchedRoute(Struct, frozen=True):
    """What the access log and the metrics read of a route."""

    path: str


ROUTE = MatchedRoute("/feed")  # as the framework names it, within its router


class FeedLane:
    """Wraps the application.

    Args:
        app: the next layer.
        services: what pages are answered with.
    """

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ordinary request for a page, pass any other on."""
        asked = ordinary(scope)
        if asked is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = ROUTE
        response = await self._answer(asked, Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, asked: OrdinaryRequest, request: Request) -> Response:
        try:
            viewer = await admitted(self._services, asked.token, request.state.headers)
            page = PageRequest(self._services.cursors.before_id(asked.cursor), asked.limit, PATH)
            return await answer_page(request, viewer, page, self._services)
        except PhotoError as error:
            return render(problem_of(error), request.state.request_id)


def ordinary(scope: Scope) -> OrdinaryRequest | None:
    """Return what is asked for, if it is a page of a feed, asked for in the ordinary way."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
        return None
    tokens = [value for name, value in scope["headers"] if name == b"authorization"]
    parameters = _parameters(scope["query_string"].decode("latin-1"))
    if len(tokens) != 1 or not tokens[0].startswith(BEARER) or parameters is None:
        return None
    limit, cursor = parameters
    return OrdinaryRequest(tokens[0][len(BEARER) :].decode("latin-1"), limit, cursor)


def _parameters(query: str) -> tuple[int, str | None] | None:
    """Return limit and cursor, or None if anything about them is out of the ordinary."""
    given = dict(pair.partition("=")[::2] for pair in query.split("&")) if query else {}
    if not given.keys() <= {"limit", "cursor"} or len(given) != query.count("="):
        return None
    limit, cursor = given.get("limit", str(DEFAULT_LIMIT)), given.get("cursor")
    if not LIMIT.fullmatch(limit) or int(limit) > MAX_LIMIT:
        return None
    return (int(limit), cursor) if cursor is None or CURSOR.fullmatch(cursor) else None
