"""The circuit breaker between a pod and an engine: pure transitions, the guard that applies them, guarded ports.

A pod must serve feeds by pull within a second of a Redis failure, without traffic and without the operator, and a feed
read must never wait longer than 250 ms for Redis; no page waits for a Cassandra that is known to be down. PostgreSQL
has no breaker: as soon as it is back, every read has to obey it. Used by the API; workers wait for engines instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar, cast

import structlog
from msgspec import Struct

from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.feeds import FeedCache, LikedCache
from photo_core.ports.post_cache import PostCache
from photo_core.telemetry import metrics

LOG = structlog.get_logger(__name__)
FAILED_CALLS_TO_OPEN = 3  # one slow call is not an outage
GOOD_PROBES_TO_CLOSE = 3
READ_SECONDS = 0.25  # a reader is waiting
CONFIRM_SECONDS = 0.5  # a user waits for their own deletion, like or follow
WRITE_SECONDS = 5.0  # nobody waits
PROBE_SECONDS = 0.4  # with the interval below one second, within which a hanging Redis must be noticed
PROBE_INTERVAL_SECONDS = 0.5
Result = TypeVar("Result")


class Breaker(Struct, frozen=True):
    """Whether calls are refused, and the evidence for a change."""

    open: bool = False
    failed_calls: int = 0
    good_probes: int = 0


def after_failed_call(breaker: Breaker) -> Breaker:
    """Return the breaker after a call that failed; several in a row open it."""
    if breaker.open:
        return breaker
    failed_calls = breaker.failed_calls + 1
    return Breaker(open=failed_calls >= FAILED_CALLS_TO_OPEN, failed_calls=failed_calls)


def after_good_call(breaker: Breaker) -> Breaker:
    """Return the breaker after a call that was answered; an open one waits for its probes."""
    return breaker if breaker.open else Breaker()


def after_failed_probe(_breaker: Breaker) -> Breaker:
    """Return the breaker after a probe that failed: open."""
    return Breaker(open=True)


def after_good_probe(breaker: Breaker) -> Breaker:
    """Return the breaker after a probe that was answered; several in a row close it."""
    if not breaker.open:
        return breaker
    good_probes = breaker.good_probes + 1
    return Breaker(open=good_probes < GOOD_PROBES_TO_CLOSE, good_probes=good_probes)


class EngineGuard:
    """The breaker of a process for one engine: calls end in time, and are refused while it is open.

    Args:
        engine: the engine that is called.
        probe: checks whether the engine serves.
        probe_seconds: time limit of a probe.
    """

    def __init__(self, engine: Engine, probe: Callable[[], Awaitable[object]], probe_seconds: float) -> None:
        self._engine = engine
        self._probe = probe
        self._probe_seconds = probe_seconds
        self._breaker = Breaker()

    @property
    def is_open(self) -> bool:
        """Whether calls are refused."""
        return self._breaker.open

    async def call(self, call: Callable[[], Awaitable[Result]], seconds: float) -> Result:
        """Return what a call returns.

        Raises:
            EngineUnavailable: it failed or took too long, or the breaker is open and it was not made.
        """
        if self._breaker.open:
            raise EngineUnavailable(self._engine, "the breaker is open")
        try:
            async with asyncio.timeout(seconds):
                result = await call()
        except (EngineUnavailable, TimeoutError) as error:
            self._count_failure(error)
            self._change_to(after_failed_call(self._breaker))
            raise EngineUnavailable(self._engine, str(error) or "no answer in time") from error
        self._change_to(after_good_call(self._breaker))
        return result

    async def probe(self) -> None:
        """Probe the engine once, even while the breaker is open, and update the breaker."""
        try:
            async with asyncio.timeout(self._probe_seconds):
                await self._probe()
        except (EngineUnavailable, TimeoutError) as error:
            self._count_failure(error)
            self._change_to(after_failed_probe(self._breaker))
        else:
            self._change_to(after_good_probe(self._breaker))

    async def keep_probing(self) -> None:
        """Probe until cancelled: a background task of the process."""
        while True:
            await self.probe()
            await asyncio.sleep(PROBE_INTERVAL_SECONDS)

    def _change_to(self, breaker: Breaker) -> None:
        if breaker.open != self._breaker.open:
            LOG.warning("breaker", engine=self._engine, open=breaker.open)
            self._publish_state(is_open=breaker.open)
        self._breaker = breaker

    def _count_failure(self, error: Exception) -> None:
        """Count a call that took too long; stores count the calls that fail."""
        if isinstance(error, TimeoutError):
            metrics.ENGINE_FAILURES.labels(engine=self._engine).inc()

    def _publish_state(self, *, is_open: bool) -> None:
        metrics.ENGINE_BREAKER_OPEN.labels(engine=self._engine).set(int(is_open))


class RedisGuard(EngineGuard):
    """The breaker for Redis; the operator reads its metrics."""

    def __init__(self, probe: Callable[[], Awaitable[None]]) -> None:
        super().__init__(Engine.REDIS, probe, PROBE_SECONDS)

    def _count_failure(self, error: Exception) -> None:  # noqa: ARG002 - every failure counts
        metrics.FEED_CACHE_FAILURES.inc()

    def _publish_state(self, *, is_open: bool) -> None:
        metrics.FEED_CACHE_BREAKER_OPEN.set(int(is_open))


# seconds within which each call of a port has to end; a method that is not listed cannot be called through the guard
FEED_CACHE_SECONDS: Mapping[str, float] = {
    "read": READ_SECONDS,
    "keep_alive": WRITE_SECONDS,
    "append": WRITE_SECONDS,
    "append_many": WRITE_SECONDS,
    "begin_rebuild": WRITE_SECONDS,
    "finish_rebuild": WRITE_SECONDS,
    "remember_graph": WRITE_SECONDS,
    "fence_graph": CONFIRM_SECONDS,
    "unfence_graph": CONFIRM_SECONDS,
    "advance": WRITE_SECONDS,
    "mark_deleted": CONFIRM_SECONDS,
    "unmark_deleted": WRITE_SECONDS,
    "marked_deleted": READ_SECONDS,
    "probe": PROBE_SECONDS,
}
LIKED_CACHE_SECONDS: Mapping[str, float] = {
    "add": CONFIRM_SECONDS,
    "forget": CONFIRM_SECONDS,
    "begin_rebuild": WRITE_SECONDS,
    "finish_rebuild": WRITE_SECONDS,
}
POST_CACHE_SECONDS: Mapping[str, float] = {
    "read": READ_SECONDS,
    "fill": WRITE_SECONDS,
    "bury": CONFIRM_SECONDS,
    "set_counts": WRITE_SECONDS,
}


def guarded_feed_cache(cache: FeedCache, guard: EngineGuard) -> FeedCache:
    """Return a `FeedCache` whose calls end in time, and at once while the breaker is open."""
    return cast("FeedCache", _Guarded(cache, guard, FEED_CACHE_SECONDS))


def guarded_liked_cache(cache: LikedCache, guard: EngineGuard) -> LikedCache:
    """Return a `LikedCache` behind the breaker."""
    return cast("LikedCache", _Guarded(cache, guard, LIKED_CACHE_SECONDS))


def guarded_post_cache(cache: PostCache, guard: EngineGuard) -> PostCache:
    """Return a `PostCache` behind the breaker."""
    return cast("PostCache", _Guarded(cache, guard, POST_CACHE_SECONDS))


class _Guarded:
    """Forwards the calls in `seconds` to a port, each through the guard with its own time limit."""

    def __init__(self, port: object, guard: EngineGuard, seconds: Mapping[str, float]) -> None:
        for name, limit in seconds.items():
            setattr(self, name, _limited(getattr(port, name), guard, limit))


def _limited(
    method: Callable[..., Awaitable[Result]], guard: EngineGuard, seconds: float
) -> Callable[..., Awaitable[Result]]:
    async def call(*args: object) -> Result:
        return await guard.call(lambda: method(*args), seconds)

    return call
