"""The breaker between a pod and an engine: pure transitions, the guard that follows them, and the caches behind it.

A pod must serve feeds by pull within a second of Redis failing, without traffic and without the operator, and a feed
read must never wait longer than 250 ms for Redis; no page waits for a Cassandra that is known to be away. PostgreSQL
has none: the moment it is back every read has to obey what it says. Used by the API; workers wait for engines instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import structlog
from msgspec import Struct

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.head import FeedHead
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.feeds import CachedViewer, FeedCache, Graft, LikedCache
from photo_core.ports.post_cache import CachedPost, PostCache, PostCounts, PostsRead
from photo_core.telemetry import metrics

LOG = structlog.get_logger(__name__)
FAILED_CALLS_TO_OPEN = 3  # one slow call is no outage
GOOD_PROBES_TO_CLOSE = 3
READ_SECONDS = 0.25  # a reader waits
CONFIRM_SECONDS = 0.5  # somebody waits for their own deletion, like or follow
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


class EngineGuard:
    """The one breaker of a process before what it asks of an engine: calls end in time, and at once while it is open.

    Args:
        engine: whom it stands before.
        probe: asks whether the engine serves.
        probe_seconds: how long that may take.
    """

    def __init__(self, engine: Engine, probe: Callable[[], Awaitable[object]], probe_seconds: float) -> None:
        self._engine = engine
        self._probe = probe
        self._probe_seconds = probe_seconds
        self._breaker = Breaker()

    @property
    def is_open(self) -> bool:
        """Whether the engine is not asked."""
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
            self._become(after_failed_call(self._breaker))
            raise EngineUnavailable(self._engine, str(error) or "no answer in time") from error
        self._become(after_good_call(self._breaker))
        return result

    async def probe(self) -> None:
        """Ask the engine once, whatever the breaker says, and let the breaker know."""
        try:
            async with asyncio.timeout(self._probe_seconds):
                await self._probe()
        except (EngineUnavailable, TimeoutError) as error:
            self._count_failure(error)
            self._become(after_failed_probe(self._breaker))
        else:
            self._become(after_good_probe(self._breaker))

    async def keep_probing(self) -> None:
        """Probe until cancelled: a background task of the process."""
        while True:
            await self.probe()
            await asyncio.sleep(PROBE_INTERVAL_SECONDS)

    def _become(self, breaker: Breaker) -> None:
        if breaker.open != self._breaker.open:
            LOG.warning("breaker", engine=self._engine, open=breaker.open)
            self._tell_state(is_open=breaker.open)
        self._breaker = breaker

    def _count_failure(self, error: Exception) -> None:
        """Count what took too long for a guard; what failed its store has counted."""
        if isinstance(error, TimeoutError):
            metrics.ENGINE_FAILURES.labels(engine=self._engine).inc()

    def _tell_state(self, *, is_open: bool) -> None:
        metrics.ENGINE_BREAKER_OPEN.labels(engine=self._engine).set(int(is_open))


class RedisGuard(EngineGuard):
    """The breaker before Redis; the operator reads its metrics."""

    def __init__(self, probe: Callable[[], Awaitable[None]]) -> None:
        super().__init__(Engine.REDIS, probe, PROBE_SECONDS)

    def _count_failure(self, error: Exception) -> None:  # noqa: ARG002 - all of them count
        metrics.FEED_CACHE_FAILURES.inc()

    def _tell_state(self, *, is_open: bool) -> None:
        metrics.FEED_CACHE_BREAKER_OPEN.set(int(is_open))


class GuardedFeedCache:
    """A `FeedCache` whose reads end within 250 ms, and every call at once while the breaker is open."""

    def __init__(self, cache: FeedCache, guard: RedisGuard) -> None:
        self._cache = cache
        self._guard = guard

    async def read(self, viewer_id: int) -> CachedViewer:
        """Return all that is kept of a viewer."""
        return await self._guard.call(lambda: self._cache.read(viewer_id), READ_SECONDS)

    async def keep_alive(self, viewer_id: int) -> None:
        """Let what is kept live on."""
        await self._guard.call(lambda: self._cache.keep_alive(viewer_id), WRITE_SECONDS)

    async def append(self, post_id: int, followers: Sequence[int]) -> None:
        """Add a post to the feeds that exist."""
        await self._guard.call(lambda: self._cache.append(post_id, followers), WRITE_SECONDS)

    async def append_many(self, deliveries: Mapping[int, Sequence[int]]) -> None:
        """Add posts to the feeds of their followers."""
        await self._guard.call(lambda: self._cache.append_many(deliveries), WRITE_SECONDS)

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark a feed as building and return the nonce to finish with."""
        return await self._guard.call(lambda: self._cache.begin_rebuild(viewer_id), WRITE_SECONDS)

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, graph_version: int) -> bool:
        """Merge the rebuilt head with what has arrived; False if another rebuild or a loss came between."""
        return await self._guard.call(
            lambda: self._cache.finish_rebuild(viewer_id, nonce, head, graph_version), WRITE_SECONDS
        )

    async def remember_graph(self, graph: FollowGraph) -> None:
        """Keep whom a viewer follows."""
        await self._guard.call(lambda: self._cache.remember_graph(graph), WRITE_SECONDS)

    async def fence_graph(self, viewer_id: int, version: int) -> None:
        """Drop the graph that is kept, before it changes."""
        await self._guard.call(lambda: self._cache.fence_graph(viewer_id, version), CONFIRM_SECONDS)

    async def unfence_graph(self, viewer_id: int) -> None:
        """Take back one fence."""
        await self._guard.call(lambda: self._cache.unfence_graph(viewer_id), CONFIRM_SECONDS)

    async def advance(self, graph: FollowGraph, graft: Graft) -> None:
        """Keep the graph, and take a whole head along to it."""
        await self._guard.call(lambda: self._cache.advance(graph, graft), WRITE_SECONDS)

    async def mark_deleted(self, user_id: int) -> None:
        """Mark an account as deleted."""
        await self._guard.call(lambda: self._cache.mark_deleted(user_id), CONFIRM_SECONDS)

    async def unmark_deleted(self, user_id: int) -> None:
        """Forget such a mark."""
        await self._guard.call(lambda: self._cache.unmark_deleted(user_id), WRITE_SECONDS)

    async def marked_deleted(self) -> frozenset[int]:
        """Return the accounts that are marked."""
        return await self._guard.call(self._cache.marked_deleted, READ_SECONDS)

    async def probe(self) -> None:
        """Ask every master whether it serves."""
        await self._guard.call(self._cache.probe, PROBE_SECONDS)


class GuardedLikedCache:
    """A `LikedCache` behind the breaker."""

    def __init__(self, cache: LikedCache, guard: RedisGuard) -> None:
        self._cache = cache
        self._guard = guard

    async def add(self, viewer_id: int, post_id: int) -> None:
        """Add a post to the likes that are kept."""
        await self._guard.call(lambda: self._cache.add(viewer_id, post_id), CONFIRM_SECONDS)

    async def forget(self, viewer_id: int) -> None:
        """Drop what is kept."""
        await self._guard.call(lambda: self._cache.forget(viewer_id), CONFIRM_SECONDS)

    async def begin_rebuild(self, viewer_id: int) -> str:
        """Mark the likes as building and return the nonce to finish with."""
        return await self._guard.call(lambda: self._cache.begin_rebuild(viewer_id), WRITE_SECONDS)

    async def finish_rebuild(self, viewer_id: int, nonce: str, head: FeedHead, version: int) -> bool:
        """Merge the likes read from the truth with what has arrived; False if something came between."""
        return await self._guard.call(
            lambda: self._cache.finish_rebuild(viewer_id, nonce, head, version), WRITE_SECONDS
        )


class GuardedPostCache:
    """A `PostCache` behind the breaker."""

    def __init__(self, cache: PostCache, guard: RedisGuard) -> None:
        self._cache = cache
        self._guard = guard

    async def read(self, post_ids: Sequence[int]) -> PostsRead:
        """Return what is kept of these posts."""
        return await self._guard.call(lambda: self._cache.read(post_ids), READ_SECONDS)

    async def fill(self, posts: Sequence[CachedPost], lease: Mapping[int, str]) -> None:
        """Keep posts that were missed."""
        await self._guard.call(lambda: self._cache.fill(posts, lease), WRITE_SECONDS)

    async def bury(self, post_id: int) -> None:
        """Put a tombstone in a post's place."""
        await self._guard.call(lambda: self._cache.bury(post_id), CONFIRM_SECONDS)

    async def set_counts(self, counts: Sequence[PostCounts]) -> None:
        """Keep counts, unless newer ones are kept."""
        await self._guard.call(lambda: self._cache.set_counts(counts), WRITE_SECONDS)
