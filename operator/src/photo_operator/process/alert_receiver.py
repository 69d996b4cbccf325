"""The webhook for Alertmanager: POST /alerts with a bearer token, accepted by the leader alone. Started by `main`.

A request is refused before its body is read where the webhook is off, the token is wrong, the body is too large or this
replica does not lead. A standby asks for another try over a new connection, which the Service may lead to the leader.
"""

from collections.abc import Callable

import structlog
from aiohttp import web

from photo_core.errors import PermanentFailure
from photo_operator.observe.alert_board import AlertBoard
from photo_operator.observe.alert_messages import decode
from photo_operator.process.alert_token import TokenFile
from photo_operator.process.http_server import listen

PATH = "/alerts"
PORT = 8082
LARGEST_BODY = 1_048_576  # bytes; an alert takes about one thousand
RETRY_SECONDS = "2"

log = structlog.get_logger(__name__)


class AlertReceiver:
    """The HTTP endpoint.

    Args:
        token: what Alertmanager has to send.
        board: where alerts are kept.
        leading: whether this replica holds the Lease.
    """

    def __init__(self, token: TokenFile, board: AlertBoard, leading: Callable[[], bool]) -> None:
        self._token = token
        self._board = board
        self._leading = leading
        self._runner: web.AppRunner | None = None

    @property
    def state(self) -> str:
        """Whether alerts are accepted, as /readyz shows it."""
        problem = self._token.problem()
        return f"alert webhook off: {problem}" if problem else "alert webhook on"

    async def start(self, port: int) -> None:
        """Listen."""
        log.info(self.state)
        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_post(PATH, self._post)
        self._runner = await listen(application, port)

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._runner is None:
            raise RuntimeError("not started")
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            alerts = decode(await request.read())  # answers 413 itself beyond LARGEST_BODY
        except PermanentFailure as failure:
            return web.Response(status=400, text=f"{failure}\n")
        self._board.take(alerts)
        return web.Response(status=204)

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self._token.problem():
            return _later(self.state)
        if not self._token.fits(request.headers.get("Authorization", "")):
            return web.Response(status=401, text="wrong or no token\n", headers={"WWW-Authenticate": "Bearer"})
        if (request.content_length or 0) > LARGEST_BODY:
            return _closing(web.Response(status=413, text=f"more than {LARGEST_BODY} bytes\n"))
        return None if self._leading() else _later("this replica is on standby; the leader takes alerts")


def _later(why: str) -> web.Response:
    return _closing(web.Response(status=503, text=f"{why}\n", headers={"Retry-After": RETRY_SECONDS}))


def _closing(response: web.Response) -> web.Response:
    response.force_close()
    response.headers["Connection"] = "close"
    return response
