"""What the runtime policy turns down before anybody looks at a request: no token is verified and no store is asked.

Plain ASGI, installed by `photo_app.application` inside `RequestContext`; the probes are not under /v1 and go on at
every level. How many posts an account makes is bounded by `rate_limits`; how a page is made, photo_app.feed decides.
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
SESSIONS = "/v1/sessions"  # who logs in may read, and who logs out must be obeyed
LEVEL_HEADER = "Degraded-Level"


class Refusal(Struct, frozen=True):
    """An answer that is built before it is needed; only the request id is put in."""

    problem: ProblemType
    retry_after: str
    before_id: bytes
    after_id: bytes

    def answer(self, request_id: str) -> Response:
        """Return the answer to one request."""
        body = self.before_id + request_id.encode() + self.after_id
        return Response(body, self.problem.status, {"Retry-After": self.retry_after}, MEDIA_TYPE)


def build_refusal(problem: ProblemType, detail: str, retry_after: int) -> Refusal:
    """Return the answer that says this."""
    document = {"type": problem.uri, "title": problem.title, "status": problem.status, "detail": detail}
    text = json.dumps({**document, "request_id": ""}).encode()
    return Refusal(problem, str(retry_after), text[:-2], text[-2:])


NO_ANSWERS = build_refusal(ProblemType.LIMITED, "nothing is answered at the moment; uploads under way are kept", 30)
NO_WRITES = build_refusal(ProblemType.LIMITED, "feeds are read only at the moment; uploads under way are kept", 30)
NO_UPLOADS = build_refusal(ProblemType.UPLOADS_PAUSED, "photographs that were uploaded are kept and processed", 60)


def refusal_of(policy: RuntimePolicy, method: str, path: str) -> Refusal | None:
    """Decide whether a call of /v1 is turned down, and with which answer."""
    cuts = LEVELS[policy.degraded_level].cuts
    if Cut.ANSWERS in cuts:
        return NO_ANSWERS
    if Cut.WRITES in cuts and method not in READING and not path.startswith(SESSIONS):
        return NO_WRITES
    if policy.uploads is UploadMode.PAUSED and (method, path) == UPLOAD:
        return NO_UPLOADS
    return None


class LoadShedding:
    """Wraps the application.

    Args:
        app: the next layer.
        policy: the runtime policy of now.
    """

    def __init__(self, app: ASGIApp, policy: Callable[[], RuntimePolicy]) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or turn it down."""
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
        await refusal.answer(scope["state"]["request_id"])(scope, receive, send)
