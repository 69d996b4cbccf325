"""One asyncio task for each PhotoPlatform: a pass on every wake, and at least one every few seconds.

`handlers` wakes platforms; `reconcile` makes the passes. The pauses grow while the API server fails, and wakes that
come meanwhile are kept.
"""

import asyncio
import itertools
import random
from collections.abc import Callable
from enum import StrEnum

import structlog
from msgspec import Struct

from photo_core.clock import Clock
from photo_operator import telemetry
from photo_operator.cluster.port import CONFLICT, ClusterRefused, ClusterUnavailable, LeadershipLost
from photo_operator.reconcile.reconciler import PlatformReconciler, ReconcilerTools

RESYNC_SECONDS = 5.0
RESYNCS_A_SECOND = 4.0  # of all platforms together; watches report changes, so that many platforms may wait longer
PASSES_AT_ONCE = 8  # more would only wait for each other's connections
GATHER_WAKES_SECONDS = 0.3  # a rollout sends many events at once, which one pass handles
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.5, 15.0

log = structlog.get_logger(__name__)

Key = tuple[str, str]


class PassResult(StrEnum):
    """How a pass ended."""

    DONE = "done"  # it ran to its end
    GONE = "gone"  # the platform does not exist any more
    CONFLICT = "conflict"  # an object was changed since the pass read it: the next pass starts at once
    REFUSED = "refused"  # the API server refused a call that the pass needs
    UNAVAILABLE = "unavailable"  # the API server did not answer, or asked to try later
    FAILED = "failed"  # an unexpected error


class FinishedPass(Struct, frozen=True):
    """How a pass ended, and for how many seconds the API server asked not to be called."""

    outcome: PassResult
    retry_after: float = 0.0


def backoff_seconds(failures: int, retry_after: float, jitter: float) -> float:
    """Return how long to wait after failures in a row: longer each time, never less than the API server asked for.

    The jitter, from 0 to 1, keeps many platforms from coming back at the same moment.
    """
    grown = min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_BACKOFF_SECONDS)
    return retry_after + grown * (0.5 + jitter / 2)


def resync_seconds(platforms: int) -> float:
    """Return the seconds between two passes over a platform without events."""
    return max(RESYNC_SECONDS, platforms / RESYNCS_A_SECOND)


class Wake:
    """A request for a pass over one platform, and since when it has been waiting."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = asyncio.Event()
        self._since = 0.0

    def set(self) -> None:
        """Ask for a pass; asking twice is asking once."""
        if not self._event.is_set():
            self._since = self._clock.monotonic()
            telemetry.WAKES_WAITING.inc()
        self._event.set()

    def take(self) -> None:
        """Begin the pass that was asked for."""
        if self._event.is_set():
            telemetry.WAKE_SECONDS.observe(self._clock.monotonic() - self._since)
            telemetry.WAKES_WAITING.dec()
        self._event.clear()

    def is_set(self) -> bool:
        """Whether a pass is asked for."""
        return self._event.is_set()

    async def rest(self, seconds: float) -> None:
        """Wait until a pass is asked for, at most for some seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        await asyncio.sleep(GATHER_WAKES_SECONDS)


class Platforms:
    """The tasks of every platform that has been seen."""

    def __init__(self, tools: ReconcilerTools, jitter: Callable[[], float] = random.random) -> None:
        self._tools = tools
        self._jitter = jitter
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._wakes: dict[Key, Wake] = {}
        self._passes = itertools.count(1)
        self._turns = asyncio.Semaphore(PASSES_AT_ONCE)
        tools.alerts.subscribe(self.wake_all)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(self, namespace: str, name: str) -> None:
        """Make a pass over a platform soon; its task is started where there is none."""
        key = (namespace, name)
        self._wakes.setdefault(key, Wake(self._tools.clock)).set()
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._run(key), name=f"platform-{namespace}/{name}")
            telemetry.PLATFORMS.set(len(self._tasks))

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

    async def _run(self, key: Key) -> None:
        structlog.contextvars.bind_contextvars(platform="/".join(key))
        wake = self._wakes[key]
        try:
            await self._serve(key, wake)
        except LeadershipLost as lost:
            if not self.failed.done():
                self.failed.set_exception(lost)
            return
        finally:
            self._forget(key)
        if wake.is_set():  # the platform was created again while this task was still ending
            wake.take()
            self.wake(*key)

    def _forget(self, key: Key) -> None:
        self._tasks.pop(key, None)
        self._wakes.pop(key, None)
        telemetry.PLATFORMS.set(len(self._tasks))

    async def _serve(self, key: Key, wake: Wake) -> None:
        """Make passes until the platform is gone."""
        reconciler = PlatformReconciler(self._tools, *key, wake.set)
        samples = [asyncio.create_task(sampler.run()) for sampler in (reconciler.samples.pods, reconciler.samples.lag)]
        failures = 0
        try:
            while (ended := await self._pass(reconciler, wake)).outcome is not PassResult.GONE:
                failures = failures + 1 if ended.outcome is PassResult.UNAVAILABLE else 0
                await self._rest(wake, failures, ended)
        finally:
            for sample in samples:
                sample.cancel()

    async def _rest(self, wake: Wake, failures: int, ended: FinishedPass) -> None:
        if failures:
            seconds = backoff_seconds(failures, ended.retry_after, self._jitter())
            telemetry.BACKOFF_SECONDS.inc(seconds)
            await asyncio.sleep(seconds)
        elif ended.outcome is PassResult.CONFLICT:
            await asyncio.sleep(GATHER_WAKES_SECONDS)
        else:
            await wake.rest(resync_seconds(len(self._tasks)))

    async def _pass(self, reconciler: PlatformReconciler, wake: Wake) -> FinishedPass:
        async with self._turns:
            wake.take()
            structlog.contextvars.bind_contextvars(reconcile_id=next(self._passes))
            with telemetry.PASS_SECONDS.time():
                ended = await _attempt(reconciler)
        telemetry.PASSES.labels(ended.outcome.value).inc()
        return ended


async def _attempt(reconciler: PlatformReconciler) -> FinishedPass:
    try:
        return FinishedPass(PassResult.DONE if await reconciler.once() else PassResult.GONE)
    except ClusterUnavailable as error:
        log.warning("pass ended early", error=str(error), retry_after=error.retry_after)
        return FinishedPass(PassResult.UNAVAILABLE, error.retry_after)
    except ClusterRefused as refused:
        log.warning("pass ended early", error=str(refused))
        return FinishedPass(PassResult.CONFLICT if refused.reason == CONFLICT else PassResult.REFUSED)
    except LeadershipLost:
        raise
    except Exception:
        log.exception("pass failed")
        return FinishedPass(PassResult.FAILED)
