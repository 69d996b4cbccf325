"""One asyncio task a PhotoPlatform: a pass on every wake, and at least one every few seconds.

`handlers` wakes platforms; what a pass does is `reconcile`'s.
"""

import asyncio
import itertools

import structlog

from photo_operator import telemetry
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable, LeadershipLost
from photo_operator.reconcile import PlatformReconciler, Tools

RESYNC_SECONDS = 5.0
GATHER_WAKES_SECONDS = 0.3  # a rollout wakes many times at once; one pass sees them all

log = structlog.get_logger(__name__)


class Platforms:
    """The tasks of every platform that has been seen."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._wakes: dict[tuple[str, str], asyncio.Event] = {}
        self._passes = itertools.count(1)
        tools.alerts.subscribe(self.wake_all)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(self, namespace: str, name: str) -> None:
        """Make a pass over a platform soon; its task is started where there is none."""
        key = (namespace, name)
        self._wakes.setdefault(key, asyncio.Event()).set()
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._run(key), name=f"platform-{namespace}/{name}")

    def wake_all(self, namespace: str) -> None:
        """Make a pass over every platform of a namespace soon."""
        for known, name in list(self._wakes):
            if known == namespace:
                self.wake(known, name)

    async def stop(self) -> None:
        """End every task."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: tuple[str, str]) -> None:
        structlog.contextvars.bind_contextvars(platform="/".join(key))
        wake = self._wakes[key]
        try:
            await self._serve(key, wake)
        except LeadershipLost as lost:
            if not self.failed.done():
                self.failed.set_exception(lost)
            return
        finally:
            self._tasks.pop(key, None)
            self._wakes.pop(key, None)
        if wake.is_set():  # it is there again, and was told so while this task was still ending
            self.wake(*key)

    async def _serve(self, key: tuple[str, str], wake: asyncio.Event) -> None:
        """Make passes until the platform is gone."""
        reconciler = PlatformReconciler(self._tools, *key, wake.set)
        samples = [asyncio.create_task(sampler.run()) for sampler in (reconciler.samples.pods, reconciler.samples.lag)]
        try:
            while await self._pass(reconciler, wake):
                await _woken(wake)
        finally:
            for sample in samples:
                sample.cancel()

    async def _pass(self, reconciler: PlatformReconciler, wake: asyncio.Event) -> bool:
        wake.clear()
        structlog.contextvars.bind_contextvars(**{"pass": next(self._passes)})
        outcome = "failed"
        try:
            with telemetry.PASS_SECONDS.time():
                there = await reconciler.once()
            outcome = "done"
        except (ClusterRefused, ClusterUnavailable) as error:
            log.warning("pass ended early", error=str(error))
            return True
        except LeadershipLost:
            raise
        except Exception:
            log.exception("pass failed")
            return True
        else:
            return there
        finally:
            telemetry.PASSES.labels(outcome).inc()


async def _woken(wake: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(RESYNC_SECONDS):
            await wake.wait()
    except TimeoutError:
        return
    await asyncio.sleep(GATHER_WAKES_SECONDS)
