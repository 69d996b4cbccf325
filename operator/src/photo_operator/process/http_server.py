"""The operator's HTTP server for /metrics, /healthz and /readyz. Started by `main`, which builds the routes.

It runs on the event loop of the passes, so that the liveness probe fails when that loop is blocked. Alerts have a port
of their own: `alert_receiver`, which listens by the same function.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import generate_latest

Routes = Mapping[str, Callable[[], web.Response]]


def text(body: bytes, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> web.Response:
    """Return a plain-text response."""
    return web.Response(body=body, status=status, headers={"Content-Type": content_type})


def metrics() -> web.Response:
    """Return every metric of this process."""
    return text(generate_latest(REGISTRY), content_type="text/plain; version=0.0.4; charset=utf-8")


def alive() -> web.Response:
    """Return 200: a blocked event loop would not answer at all."""
    return text(b"the event loop turns\n")


def build_application(routes: Routes) -> web.Application:
    """Return an application that answers GET requests for these paths, and 404 for all others."""
    application = web.Application()
    for path, answer in routes.items():
        application.router.add_get(path, _handler(answer))
    application.router.add_get("/{other:.*}", _handler(lambda: text(b"not found\n", 404)))
    return application


def _handler(answer: Callable[[], web.Response]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(_: web.Request) -> web.Response:
        return answer()

    return handle


async def listen(application: web.Application, port: int) -> web.AppRunner:
    """Serve an application at every address of this pod until the returned runner is cleaned up."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", port).start()  # noqa: S104 - a pod's own address
    return runner
