"""Serves GET /v1/feed without the framework's routing and validation, which cost more than a page itself.

Serves ordinary requests only: known parameters, each well-formed, and one bearer token. Every other request goes on to
the route in photo_app.feed.endpoints, which says what is wrong with it. Both admit requests and render pages by the
same functions. Plain ASGI, installed by photo_app.application inside `RequestContext`; docs/adr/0029 has the figures.
"""

import re

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from photo_app.authentication.viewer import Admission
from photo_app.feed.rendering import page_response
from photo_app.feed.service import FeedService
from photo_app.http.error_mapping import problem_of, render
from photo_app.http.paging import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from photo_core.domain.cursor import CursorSigner
from photo_core.errors import PhotoError

PATH = "/v1/feed"
LIMIT = re.compile(r"[1-9][0-9]{0,2}")
CURSOR = re.compile(r"[A-Za-z0-9_-]{1,256}")
BEARER = b"Bearer "


class OrdinaryRequest(Struct, frozen=True):
    """A well-formed request for a page, as nearly all are."""

    token: str
    limit: int
    cursor: str | None


class MatchedRoute(Struct, frozen=True):
    """The part of a route that the access log and the metrics read."""

    path: str


ROUTE = MatchedRoute("/feed")  # as the framework names it, within its router


class FeedLane:
    """Wraps the application.

    Args:
        app: the next layer.
        admission: admits requests by their token.
        feed: serves pages.
        cursors: verifies and signs cursors.
    """

    def __init__(self, app: ASGIApp, admission: Admission, feed: FeedService, cursors: CursorSigner) -> None:
        self._app = app
        self._admission = admission
        self._feed = feed
        self._cursors = cursors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve an ordinary request for a page; pass any other on."""
        asked = ordinary(scope)
        if asked is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = ROUTE
        response = await self._answer(asked, Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, asked: OrdinaryRequest, request: Request) -> Response:
        try:
            viewer = await self._admission.admit(asked.token, request.state.headers)
            page = PageRequest(self._cursors.before_id(asked.cursor), asked.limit, PATH)
            served = await self._feed.page(viewer.user_id, page.before_id, page.limit)
            return page_response(request, page, served, self._cursors)
        except PhotoError as error:
            return render(problem_of(error), request.state.request_id)


def ordinary(scope: Scope) -> OrdinaryRequest | None:
    """Return what a request asks for if it is an ordinary request for a feed page, else None."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
        return None
    tokens = [value for name, value in scope["headers"] if name == b"authorization"]
    parameters = _parameters(scope["query_string"].decode("latin-1"))
    if len(tokens) != 1 or not tokens[0].startswith(BEARER) or parameters is None:
        return None
    limit, cursor = parameters
    return OrdinaryRequest(tokens[0][len(BEARER) :].decode("latin-1"), limit, cursor)


def _parameters(query: str) -> tuple[int, str | None] | None:
    """Return limit and cursor, or None if anything about them is unusual."""
    given = dict(pair.partition("=")[::2] for pair in query.split("&")) if query else {}
    if not given.keys() <= {"limit", "cursor"} or len(given) != query.count("="):
        return None
    limit, cursor = given.get("limit", str(DEFAULT_LIMIT)), given.get("cursor")
    if not LIMIT.fullmatch(limit) or int(limit) > MAX_LIMIT:
        return None
    return (int(limit), cursor) if cursor is None or CURSOR.fullmatch(cursor) else None
