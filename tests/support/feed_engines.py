"""The engines under the model of the feed: fakes that are taken away, restart, fail over and forget."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from photo_core.domain.feed.merge import BEYOND_ALL
from photo_core.fakes.feeds import MASTERS, FakeFeedCache, FakeLikedCache
from photo_core.fakes.interactions import FakeInteractionErasure
from photo_core.fakes.rebuild_runs import FakeRebuildRuns
from photo_core.ports.rebuild_runs import RebuildRun
from tests.support.api import fake_ports
from tests.support.feed_oracle import Oracle

MANY = 10_000


class FakeEngines:
    """All engines in memory, with a switch each."""

    def __init__(self, cap: int) -> None:
        self._fakes = fake_ports()
        self.clock = self._fakes.clock
        self.feeds = FakeFeedCache(cap)
        self.ports = replace(self._fakes.ports, feeds=self.feeds, liked_cache=FakeLikedCache(self.feeds))
        likes, comments, counters = (self._known(name) for name in ("likes", "comments", "counters"))
        self.erasure = FakeInteractionErasure(likes, comments, counters, self._fakes.outbox)
        self.rebuild_runs = FakeRebuildRuns(self._fakes.accounts, self.clock)
        self.rebuild_runs.runs.append(RebuildRun(1, ""))
        self.redis_is_up = True

    @property
    def truth_is_up(self) -> bool:
        """Whether both PostgreSQL and Cassandra serve."""
        return self._fakes.accounts.available and self._fakes.outbox.available

    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def turn_postgres(self, *, on: bool) -> None:
        self._fakes.accounts.available = on

    def turn_cassandra(self, *, on: bool) -> None:
        self._fakes.outbox.available = on

    def turn_redis(self, *, on: bool) -> None:
        """Stop every master, or start them all again with what they held."""
        self.redis_is_up = on
        for cache in (self.feeds, self._fakes.post_cache):
            if on:
                cache.recover()
            else:
                cache.fail()

    @contextmanager
    def redis_out_of_reach(self) -> Iterator[None]:
        """Let Redis refuse every call of the block, and go on as if nothing had been."""
        was = self.redis_is_up
        self.turn_redis(on=False)
        yield
        if was:
            self.redis_is_up = True
            self.feeds.become_reachable()
            self._fakes.post_cache.become_reachable()

    def lose_all_of_redis(self) -> None:
        self.redis_is_up = True
        self.feeds.lose_everything()
        self._fakes.post_cache.lose_everything()

    def fail_redis_over(self, master: int, lost_writes: int) -> None:
        """Promote a replica that lacks the last writes of its master, tombstones among them."""
        if not self.redis_is_up:
            return
        self.feeds.fail_over(master % MASTERS, lost_writes)
        if lost_writes:
            self._fakes.post_cache.lose_tombstones()

    def heal(self) -> None:
        self.turn_postgres(on=True)
        self.turn_cassandra(on=True)
        if not self.redis_is_up:
            self.turn_redis(on=True)

    async def learn(self, oracle: Oracle) -> None:
        """Tell the oracle what became of requests that were never answered."""
        state = self._known("follows").state
        oracle.follows, oracle.requests = set(state.follows), set(state.requests)
        oracle.blocks, oracle.mutes = set(state.blocks), set(state.mutes)

    async def posts_of(self, author: int) -> set[int]:
        """Return an author's posts as the truth has them, even while it does not serve."""
        with self._serving():
            return set(await self.ports.posts.timeline(author, BEYOND_ALL, MANY))

    def _known(self, name: str) -> Any:
        """Return a port as the fake that it is."""
        return getattr(self.ports, name)

    @contextmanager
    def _serving(self) -> Iterator[None]:
        was = self._fakes.outbox.available
        self._fakes.outbox.available = True
        try:
            yield
        finally:
            self._fakes.outbox.available = was
