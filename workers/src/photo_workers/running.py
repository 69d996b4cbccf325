"""Runs one worker of the registry from start to drain. Called by `main`; knows no worker by name."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib import import_module

import structlog

from photo_core.clock import SystemClock
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.engines.kafka import kafka_settings
from photo_core.settings import METRICS_PORT, Source, Variable
from photo_core.streams.publisher import open_publisher
from photo_core.telemetry.health import Heartbeat
from photo_core.telemetry.metrics import serve_metrics
from photo_workers.process import WorkerProcess
from photo_workers.registry import ConsumerWorker, Worker

LOG = structlog.get_logger(__name__)


async def run_worker(worker: Worker, source: Source) -> None:
    """Run until SIGTERM; then finish and commit the current work and leave the group."""
    clock, draining = SystemClock(), asyncio.Event()
    heartbeat = Heartbeat(clock, worker.stalled_after_seconds)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, draining.set)
    serve_metrics(source.number(Variable.METRICS_PORT, METRICS_PORT), heartbeat.alive)
    async with open_publisher(kafka_settings(source), client_id(worker, source)) as publisher:
        LOG.info("started", worker=worker.name)
        async with _policy_of(worker, source) as policy:
            await _run(worker, WorkerProcess(source, clock, publisher, draining, heartbeat, policy))
    LOG.info("drained", worker=worker.name)


def client_id(worker: Worker, source: Source) -> str:
    """Return the name of this process in Kafka's logs and metrics: the pod, or the worker outside a pod."""
    return source.text(Variable.POD_NAME, worker.name)


@asynccontextmanager
async def _policy_of(worker: Worker, source: Source) -> AsyncIterator[Callable[[], RuntimePolicy]]:
    """Yield a function that returns the current policy; only workers that obey one watch the Kubernetes API."""
    if not worker.obeys_policy:
        yield RuntimePolicy
        return
    from photo_core.runtime_policy_watch import watch_of

    watch = watch_of(source)
    watching = asyncio.create_task(watch.keep_watching())
    try:
        yield watch.current
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _run(worker: Worker, process: WorkerProcess) -> None:
    if isinstance(worker, ConsumerWorker):
        await _consume(worker, process)
    else:
        await import_module(worker.module).run(process)


async def _consume(worker: ConsumerWorker, process: WorkerProcess) -> None:
    from photo_core.streams.consumer import GroupMembership, open_consumer
    from photo_workers.consume_loop import ConsumeLoop

    membership = GroupMembership(worker.topic, worker.group, client_id(worker, process.source))
    async with (
        import_module(worker.module).open_handler(process) as handler,
        open_consumer(kafka_settings(process.source), membership, process.clock, process.draining) as consumer,
    ):
        loop = ConsumeLoop(consumer, process.publisher, handler, process.clock, process.heartbeat)
        await loop.run(worker.batch_limit)
