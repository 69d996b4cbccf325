"""Refuses requests as the runtime policy orders, before any token is verified or any store is read.

Plain ASGI, installed by `photo_app.application` inside `RequestContext`. The probes are not under /v1 and are served at
every level. Does not bound how many posts an account makes (`rate_limits`) or how a page is made (photo_app.feed).
"""

import json
from collections.abc import Callable

from msgspec import Struct
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from photo_app.http.problems import MEDIA_TYPE, ProblemType
from photo_core.domain.degradation import LEVELS, Cut
from photo_core.domain.runtime_policy import RuntimePolicy, UploadMode
from photo_core.telemetry.metrics import POLICY_REFUSALS

SERVED = "/v1/"
UPLOAD = ("POST", "/v1/media/upload/init")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
SESSIONS = "/v1/sessions"  # clients must log in to read, and logging out must always work
LEVEL_HEADER = "Degraded-Level"


class ShedRequest(Struct, frozen=True):
    """A response that is built in advance; only the request id is inserted."""

    problem: ProblemType
    retry_after: str
    before_id: bytes
    after_id: bytes

    def response(self, request_id: str) -> Response:
        """Return the response to one request."""
        body = self.before_id + request_id.encode() + self.after_id
        return Response(body, self.problem.status, {"Retry-After": self.retry_after}, MEDIA_TYPE)


def build_refusal(problem: ProblemType, detail: str, retry_after: int) -> ShedRequest:
    """Return the response that states this problem."""
    document = {"type": problem.uri, "title": problem.title, "status": problem.status, "detail": detail}
    text = json.dumps({**document, "request_id": ""}).encode()
    return ShedRequest(problem, str(retry_after), text[:-2], text[-2:])


REFUSE_ALL = build_refusal(ProblemType.LIMITED, "nothing is answered at the moment; uploads under way are kept", 30)
REFUSE_WRITES = build_refusal(ProblemType.LIMITED, "feeds are read only at the moment; uploads under way are kept", 30)
REFUSE_UPLOADS = build_refusal(ProblemType.UPLOADS_PAUSED, "photographs that were uploaded are kept and processed", 60)


def refusal_of(policy: RuntimePolicy, method: str, path: str) -> ShedRequest | None:
    """Return the response to a request under /v1 that is refused, or None if it may be served."""
    cuts = LEVELS[policy.degraded_level].cuts
    if Cut.ANSWERS in cuts:
        return REFUSE_ALL
    if Cut.WRITES in cuts and method not in READING and not path.startswith(SESSIONS):
        return REFUSE_WRITES
    if policy.uploads is UploadMode.PAUSED and (method, path) == UPLOAD:
        return REFUSE_UPLOADS
    return None


class LoadShedding:
    """Middleware around the application.

    Args:
        app: the next layer.
        policy: returns the current runtime policy.
    """

    def __init__(self, app: ASGIApp, policy: Callable[[], RuntimePolicy]) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(SERVED):
            await self._app(scope, receive, send)
            return
        policy = self._policy()
        if policy.degraded_level:
            scope["state"]["headers"][LEVEL_HEADER] = str(policy.degraded_level)
        refusal = refusal_of(policy, scope["method"], scope["path"])
        if refusal is None:
            await self._app(scope, receive, send)
            return
        POLICY_REFUSALS.labels(problem=refusal.problem.slug).inc()
        await refusal.response(scope["state"]["request_id"])(scope, receive, send)
