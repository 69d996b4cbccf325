"""The operator's process: `photo-operator run`. Wires everything, leads or waits, and ends when leadership does."""

import asyncio
import logging
import secrets
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import httpx2
import kopf
import structlog
import typer
from aiohttp import web
from lightkube import AsyncClient
from msgspec import Struct

from photo_core.clock import SystemClock
from photo_core.settings import METRICS_PORT
from photo_core.telemetry.logs import configure_logs
from photo_core.version import print_version
from photo_operator.cluster.client import build_client
from photo_operator.cluster.kube import KubeCluster
from photo_operator.cluster.port import LeadershipLost
from photo_operator.engines import tls
from photo_operator.engines.pool import ProbePool
from photo_operator.leadership.elector import Elector
from photo_operator.leadership.kube import KubeLeaseStore
from photo_operator.leadership.lease import RENEW_DEADLINE_SECONDS
from photo_operator.observe.alert_board import AlertBoard
from photo_operator.observe.observer import ListingObserver
from photo_operator.process import http_server
from photo_operator.process.alert_receiver import PORT as ALERT_PORT
from photo_operator.process.alert_receiver import AlertReceiver
from photo_operator.process.alert_token import TokenFile
from photo_operator.process.handlers import build_registry, build_settings
from photo_operator.process.platforms import Platforms
from photo_operator.process.watchdog import watch_loop
from photo_operator.reconcile.reconciler import ReconcilerTools
from photo_operator.runbooks.loader import load_runbooks

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
log = structlog.get_logger(__name__)


class Options(Struct, frozen=True):
    """What the command line says."""

    namespaces: tuple[str, ...]
    lease_namespace: str
    identity: str
    runbooks: Path
    port: int
    alert_port: int
    alert_token: Path | None


@app.callback()
def root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The operator of PhotoPlatform."""


@app.command()
def run(  # noqa: PLR0913 - each is an option of the command line
    watch_namespace: Annotated[list[str], typer.Option(help="Namespace whose platforms are served; repeatable.")],
    identity: Annotated[str, typer.Option(help="Who holds the Lease: the pod's name.")],
    lease_namespace: Annotated[str, typer.Option(help="Namespace of the Lease.")] = "photoplatform-system",
    runbooks: Annotated[Path, typer.Option(help="Folder of runbooks.")] = Path("/etc/photoplatform/runbooks"),
    port: Annotated[int, typer.Option(help="Port of /metrics, /healthz and /readyz.")] = METRICS_PORT,
    alert_port: Annotated[int, typer.Option(help="Port of /alerts.")] = ALERT_PORT,
    alert_token: Annotated[Path | None, typer.Option(help="File of the token that Alertmanager shows.")] = None,
) -> None:
    """Reconcile PhotoPlatforms while this process leads."""
    configure_logs("operator")
    for noisy in ("kopf", "httpx2", "asyncio"):
        logging.getLogger(noisy).setLevel("WARNING")
    options = Options(tuple(watch_namespace), lease_namespace, identity, runbooks, port, alert_port, alert_token)
    raise typer.Exit(asyncio.run(serve(options)))


async def serve(options: Options) -> int:
    """Wait for leadership and lead; return the exit code."""
    client, lease_client = build_client(), build_client()  # renewals never wait for passes' connections
    identity = f"{options.identity}_{secrets.token_hex(4)}"
    clock = SystemClock()
    elector = Elector(KubeLeaseStore(lease_client, options.lease_namespace), clock, options.lease_namespace, identity)
    watching = asyncio.create_task(watch_loop(RENEW_DEADLINE_SECONDS), name="watchdog")
    board = AlertBoard(clock)
    receiver = AlertReceiver(TokenFile(options.alert_token), board, lambda: _leads(elector))
    server = await http_server.listen(http_server.build_application(build_routes(elector, receiver)), options.port)
    await receiver.start(options.alert_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        if not await _first(elector.acquire(), stop.wait()):
            return 0
        return await lead(options, Led(client, elector, board), stop)
    finally:
        await receiver.stop()
        await elector.release()
        await client.close()
        await lease_client.close()
        await server.cleanup()
        watching.cancel()


def build_routes(elector: Elector, receiver: AlertReceiver) -> http_server.Routes:
    """Return what this process answers over HTTP."""

    def ready() -> web.Response:
        state = elector.state()
        status = 200 if state.healthy else 503
        return http_server.text(f"{state.message}\n{receiver.state}\n".encode(), status)

    return {"/metrics": http_server.metrics, "/healthz": http_server.alive, "/readyz": ready}


async def _first(work: Coroutine[None, None, object], stop: Coroutine[None, None, object]) -> bool:
    """Return whether the work ended before the stop."""
    tasks = [asyncio.create_task(work), asyncio.create_task(stop)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        task.result()
    return tasks[0] in done


def _leads(elector: Elector) -> bool:
    try:
        elector.fence()
    except LeadershipLost:
        return False
    return True


class Led(Struct, frozen=True):
    """What a process has before it leads."""

    client: AsyncClient
    elector: Elector
    board: AlertBoard


async def lead(options: Options, led: Led, stop: asyncio.Event) -> int:
    """Reconcile until told to stop (0) or leadership is lost (1)."""
    clock, elector = SystemClock(), led.elector
    async with httpx2.AsyncClient(verify=tls.unused(), trust_env=False) as http:
        cluster = KubeCluster(led.client, elector.fence)
        tools = ReconcilerTools(
            observer=ListingObserver(cluster),
            cluster=cluster,
            clock=clock,
            pool=ProbePool(clock),
            http=http,
            runbooks=load_runbooks(options.runbooks),
            alerts=led.board,
            identity=options.identity,
            epoch=lambda: elector.epoch,
            random_bytes=secrets.token_bytes,
        )
        platforms = Platforms(tools)
        work = [
            asyncio.create_task(_watch(options, platforms, stop), name="watch"),
            asyncio.create_task(elector.keep(), name="lease"),
            platforms.failed,
        ]
        return await _until_one_ends(work, platforms)


async def _until_one_ends(work: "list[asyncio.Future[None]]", platforms: Platforms) -> int:
    done, pending = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await platforms.stop()
    await asyncio.wait(pending, timeout=5)
    try:
        for task in done:
            task.result()
    except LeadershipLost as lost:
        log.warning("leadership lost", why=str(lost))
        return 1
    return 0


async def _watch(options: Options, platforms: Platforms, stop: asyncio.Event) -> None:
    await kopf.operator(
        registry=build_registry(platforms),
        settings=build_settings(),
        namespaces=list(options.namespaces),
        standalone=True,
        stop_flag=stop,
    )


def main() -> None:
    """Entry point of the image."""
    app()
