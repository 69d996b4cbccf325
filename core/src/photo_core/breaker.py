"""The breaker between a pod and Redis: pure transitions, and the feed cache that they guard.

A pod must serve feeds by pull within a second of Redis failing, without traffic and without the operator, and a feed
read must never wait longer than 250 ms for Redis. Used by the API; workers wait for Redis instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from msgspec import Struct

from photo_core.domain.feed.head import FeedHead
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.feeds import FeedCache
from photo_core.telemetry import metrics

LOG = structlog.get_logger(__name__)
FAILED_CALLS_TO_OPEN = 3  # one slow call is no outage
GOOD_PROBES_TO_CLOSE = 3
READ_SECONDS = 0.25  # a reader waits
WRITE_SECONDS = 5.0  # nobody waits for a rebuild
PROBE_SECONDS = 0.4  # with the interval, less than the second within which a hanging Redis must be noticed
PROBE_INTERVAL_SECONDS = 0.5
Result = TypeVar("Result")


class Breaker(Struct, frozen=True):
    """Whether calls are let through, and the evidence for a change."""

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


class GuardedFeedCache:
    """A `FeedCache` whose reads end within 250 ms, and every call at once while its breaker is open."""

    def __init__(self, cache: FeedCache) -> None:
        self._cache = cache
        self._breaker = Breaker()

    @property
    def is_open(self) -> bool:
        """Whether Redis is not asked."""
        return self._breaker.open

    async def read(self, viewer_id: int, graph_version: int) -> FeedHead | None:
        """Return the head if it is whole and was made under this graph version, else None."""
        return await self._call(lambda: self._cache.read(viewer_id, graph_version), READ_SECONDS)

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist."""
        await self._call(lambda: self._cache.append(post_id, followers), WRITE_SECONDS)

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building and return the nonce to finish with."""
        return await self._call(lambda: self._cache.begin_rebuild(viewer_id), WRITE_SECONDS)

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        return await self._call(
            lambda: self._cache.finish_rebuild(viewer_id, nonce, head, graph_version), WRITE_SECONDS
        )

    async def probe(self) -> None:
        """Ask Redis once, whatever the breaker says, and let the breaker know."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._cache.probe()
        except (EngineUnavailable, TimeoutError):
            metrics.FEED_CACHE_FAILURES.inc()
            self._become(after_failed_probe(self._breaker))
        else:
            self._become(after_good_probe(self._breaker))

    async def keep_probing(self) -> None:
        """Probe until cancelled: a background task of the process."""
        while True:
            await self.probe()
            await asyncio.sleep(PROBE_INTERVAL_SECONDS)

    async def _call(self, call: Callable[[], Awaitable[Result]], seconds: float) -> Result:
        if self._breaker.open:
            raise EngineUnavailable(Engine.REDIS, "the breaker is open")
        try:
            async with asyncio.timeout(seconds):
                result = await call()
        except (EngineUnavailable, TimeoutError) as error:
            metrics.FEED_CACHE_FAILURES.inc()
            self._become(after_failed_call(self._breaker))
            raise EngineUnavailable(Engine.REDIS, str(error) or "no answer in time") from error
        self._become(after_good_call(self._breaker))
        return result

    def _become(self, breaker: Breaker) -> None:
        if breaker.open != self._breaker.open:
            LOG.warning("feed cache breaker", open=breaker.open)
        self._breaker = breaker
        metrics.FEED_CACHE_BREAKER_OPEN.set(int(breaker.open))
