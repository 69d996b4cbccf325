import asyncio

import pytest

from photo_core.errors import Engine
from photo_core.fakes.clock import FakeClock
from photo_operator.engines.model import Health, healthy, unreachable
from photo_operator.engines.pool import SharedProbe
from photo_operator.observe.feed_cache import FeedCacheWatch
from photo_operator.observe.pods import PodReport, increase


class ScriptedProbe:
    def __init__(self, *answers: Health) -> None:
        self._answers = list(answers)

    async def probe(self) -> Health:
        return self._answers.pop(0)

    async def close(self) -> None:
        self._answers.clear()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def wake() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def watch(clock: FakeClock, wake: asyncio.Event) -> FeedCacheWatch:
    return FeedCacheWatch(clock, wake.set)


def test_a_counter_that_fell_was_reset() -> None:
    assert increase(5, 8) == 3
    assert increase(5, 2) == 2


def test_failures_are_counted_from_the_second_report_on(watch: FeedCacheWatch, wake: asyncio.Event) -> None:
    watch.take({"api": PodReport(failures=100)})
    assert watch.state().failures == 0
    assert not wake.is_set()
    watch.take({"api": PodReport(failures=103)})
    assert watch.state().failures == 3
    assert wake.is_set()


def test_failures_are_forgotten_after_the_window(watch: FeedCacheWatch, clock: FakeClock) -> None:
    watch.take({"api": PodReport(failures=1)})
    watch.take({"api": PodReport(failures=4)})
    clock.advance(11)
    assert watch.state().failures == 0


def test_a_breaker_that_stays_open_ages(watch: FeedCacheWatch, clock: FakeClock) -> None:
    watch.take({"api": PodReport(breaker_open=True)})
    clock.advance(3)
    watch.take({"api": PodReport(breaker_open=True)})
    assert (watch.state().breakers_open, watch.state().breaker_seconds) == (1, 3)
    watch.take({"api": PodReport()})
    assert watch.state().breaker_seconds == 0


async def test_the_probes_state_has_an_age(watch: FeedCacheWatch, clock: FakeClock) -> None:
    good, bad = healthy(Engine.REDIS), unreachable(Engine.REDIS, "redis", "refused")
    shared = SharedProbe(Engine.REDIS, ScriptedProbe(good, good, bad), clock)
    watch.follow(shared)
    assert not watch.state().probed
    await shared.once()
    clock.advance(7)
    await shared.once()
    assert (watch.state().probe_good, watch.state().probe_seconds) == (True, 7)
    clock.advance(1)
    await shared.once()
    assert (watch.state().probe_good, watch.state().probe_seconds) == (False, 0)
