"""Short background work that a request starts and that may be lost, such as discarding a relayed outbox record.

Keeps references to the tasks, so that they are neither garbage-collected nor dropped by the drain. Work that must not
be lost is recorded in a store instead.
"""

import asyncio
from collections.abc import Coroutine

import structlog

from photo_core.errors import EngineUnavailable

FINISH_SECONDS = 4.0  # a drain must fit the pod's grace period
LOG = structlog.get_logger(__name__)


class SideTasks:
    """The tasks of this process that no request awaits."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, object]) -> None:
        """Run a coroutine; an engine that does not answer ends it with a log line."""
        task = asyncio.get_running_loop().create_task(_survived(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self, within_seconds: float = FINISH_SECONDS) -> None:
        """Wait until running tasks have ended; cancel those that take longer, and log what they raised."""
        try:
            ended = await asyncio.wait_for(asyncio.gather(*self._running, return_exceptions=True), within_seconds)
        except TimeoutError:
            LOG.warning("side_tasks_cancelled", after_seconds=within_seconds)
            return
        for failure in filter(None, ended):
            LOG.error("side_task_raised", exc_info=failure)


async def _survived(work: Coroutine[None, None, object]) -> None:
    try:
        await work
    except EngineUnavailable as error:
        LOG.warning("side_task_failed", detail=str(error))
