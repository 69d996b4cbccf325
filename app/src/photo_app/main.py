"""The process of the API: `photo-app`. One event loop, one port for requests, one for metrics.

On SIGTERM the readiness probe fails first. Requests are served until Services have removed this pod, those in flight
finish, and then the connections are closed.
"""

import argparse
import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from photo_app.application import create_app
from photo_app.composition.background import build_background, running
from photo_app.composition.connections import open_ports
from photo_app.composition.services import Services, build_services
from photo_app.composition.shared import ApiSettings
from photo_app.http.lifecycle import Lifecycle
from photo_core.settings import (
    HTTP_PORT,
    METRICS_PORT,
    Source,
    Variable,
    feed_settings,
    media_settings,
    process_source,
    signing_keys,
)
from photo_core.telemetry.logs import configure_logs
from photo_core.telemetry.metrics import serve_metrics
from photo_core.telemetry.tracing import configure_tracing
from photo_core.version import __version__

COMPONENT = "api"
FORGET_SECONDS = 5.0  # within these, Services stop sending requests here
FINISH_SECONDS = 15.0  # for requests in flight; with side tasks and Kafka's flush within the pod's grace period of 30 s
# every open connection counts, idle ones too (they are closed after 30 s); beyond this limit nobody is served, not even
# the kubelet
CONNECTIONS = 16_384
SERVER_OPTIONS: Mapping[str, Any] = {
    "interface": Interfaces.ASGINL,
    "http": HTTPModes.http1,
    "websockets": False,
    "log_enabled": False,  # logs are ours: granian would configure the standard library's anew
    "backlog": 1_024,
    "backpressure": CONNECTIONS,
}
LOG = structlog.get_logger(__name__)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="photo-app", description="The API of PhotoPlatform; set by its environment.")
    parser.add_argument("--version", action="version", version=f"PhotoPlatform {__version__}")
    parser.parse_args()
    source = process_source()
    configure_logs(COMPONENT, source.text(Variable.LOG_LEVEL, "INFO"))
    configure_tracing(COMPONENT, source.text(Variable.OTLP_ENDPOINT, ""))
    serve_metrics(source.number(Variable.METRICS_PORT, METRICS_PORT))
    uvloop.run(_run(source))


async def _run(source: Source) -> None:
    settings = ApiSettings(
        keys=signing_keys(source),
        requests_per_second=source.number(Variable.RATE_LIMIT_PER_ACCOUNT, 100),
        media=media_settings(source),
        feed=feed_settings(source),
    )
    async with open_ports(source) as ports:
        services = build_services(ports, settings)
        _drain_on_signals(services.lifecycle)
        async with running(build_background(ports, services, source.text(Variable.POD_NAME, COMPONENT))):
            await _serve(services, source.number(Variable.HTTP_PORT, HTTP_PORT))
        await services.side_tasks.finish()


async def _serve(services: Services, port: int) -> None:
    server = Server(create_app(services), "0.0.0.0", port, **SERVER_OPTIONS)  # noqa: S104 - a pod's only address
    serving = asyncio.create_task(server.serve())
    begun = asyncio.create_task(services.lifecycle.drain_begun())
    await asyncio.wait({serving, begun}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        await wait_until_drained(services.lifecycle, FORGET_SECONDS, FINISH_SECONDS)
        server.stop()  # type: ignore[no-untyped-call]
    await serving


async def wait_until_drained(lifecycle: Lifecycle, forget_seconds: float, finish_seconds: float) -> None:
    """Return when this process may stop: Services no longer send requests and none is in flight, or it took too long.

    Args:
        lifecycle: is draining already.
        forget_seconds: how long Services may still send requests here.
        finish_seconds: how long requests in flight may take after that.
    """
    LOG.info("drain_begun")
    await asyncio.sleep(forget_seconds)
    with suppress(TimeoutError):
        await asyncio.wait_for(lifecycle.idle(), finish_seconds)


def _drain_on_signals(lifecycle: Lifecycle) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lifecycle.begin_drain)
