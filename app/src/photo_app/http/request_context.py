"""The outermost middleware of every request: its id, span, log line, metric, and the response to unexpected errors.

Plain ASGI, installed by `photo_app.application`. The id is the client's X-Request-Id if it is harmless, else new.
Endpoints add response headers to `request.state.headers`, so that problems carry them too.
"""

import re
import secrets
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photo_app.http.error_mapping import problem_of, render
from photo_app.http.lifecycle import Lifecycle
from photo_core.clock import Clock
from photo_core.telemetry.metrics import HTTP_REQUESTS
from photo_core.telemetry.tracing import TRACER, incoming_context

HARMLESS_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PROBES = frozenset({"/healthz", "/readyz"})
LOG = structlog.get_logger("photo_app.access")


class RequestContext:
    """Middleware around the application.

    Args:
        app: the next layer.
        clock: measures the duration.
        lifecycle: counts requests in flight.
    """

    def __init__(self, app: ASGIApp, clock: Clock, lifecycle: Lifecycle) -> None:
        self._app = app
        self._clock = clock
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and respond to it if the application fails."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._lifecycle.request_begun()
        try:
            with TRACER.start_as_current_span("request", **_span_options(scope)) as span:
                await self._observed(scope, receive, send)
                span.update_name(f"{scope['method']} {_route(scope)}")
        finally:
            self._lifecycle.request_ended()

    async def _observed(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = self._clock.monotonic()
        exchange = _Exchange(scope, send, closing=self._lifecycle.draining)
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            await self._answered(scope, receive, exchange)
            _log(scope, exchange.status, self._clock.monotonic() - began)

    async def _answered(self, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:  # the outermost layer: a bug ends one request only
            LOG.exception("unexpected_failure")
            if exchange.status is None:
                await render(problem_of(error), exchange.request_id)(scope, receive, exchange.send)


class _Exchange:
    """One request's id, status and added headers."""

    def __init__(self, scope: Scope, send: Send, *, closing: bool) -> None:
        self.request_id = _request_id(scope)
        self.status: int | None = None
        self._send = send
        self._headers: dict[str, str] = {"Connection": "close"} if closing else {}
        scope.setdefault("state", {}).update(request_id=self.request_id, headers=self._headers)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            for name, value in self._headers.items():
                headers.setdefault(name, value)  # headers that the response has set take precedence
        await self._send(message)


def _request_id(scope: Scope) -> str:
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if HARMLESS_ID.fullmatch(offered) else secrets.token_hex(12)


def _span_options(scope: Scope) -> dict[str, Any]:
    carrier = {name.decode("latin-1"): value for name, value in scope["headers"]}
    return {"kind": SpanKind.SERVER, "context": incoming_context(carrier)}


def _route(scope: Scope) -> str:
    """Return the route's template, never the path itself: labels of metrics must stay few."""
    return getattr(scope.get("route"), "path", "none")


def _log(scope: Scope, status: int | None, seconds: float) -> None:
    HTTP_REQUESTS.labels(route=_route(scope), status=str(status)).inc()
    if scope["path"] not in PROBES:
        duration_ms = round(seconds * 1000, 1)
        LOG.info("request", method=scope["method"], path=scope["path"], status=status, duration_ms=duration_ms)
