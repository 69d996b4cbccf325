"""What is counted, and what is looked into."""

from typing import Any, cast

import pytest

from photo_core.fakes.clock import FakeClock
from photo_operator.components.catalog import SCALED, Component
from photo_operator.engines.lag import Lag, Offsets
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.watch import PEEK_SECONDS, LagTarget, LagWatch
from tests.support.lags import lag_of, lags_in, last_lags


class Kafka:
    """Tells a lag for each topic, and a key for whoever looks into a partition."""

    def __init__(self) -> None:
        self.lags: dict[str, Lag | None] = {}
        self.looked_into: list[int] = []

    async def lag(self, topic: str, _: str) -> Lag | None:
        return self.lags.get(topic)

    async def most_frequent_key(self, _: str, __: str, at: Offsets) -> str:
        self.looked_into.append(at.number)
        return "42"


class World:
    def __init__(self) -> None:
        self.clock, self.kafka, self.woken = FakeClock(), Kafka(), 0
        self.histories = {scaled.component: ScalingHistory() for scaled in SCALED}
        self.watch = LagWatch(self.histories, self.clock, self._wake)
        self.watch.follow(LagTarget(cast("Any", self.kafka), "demo.", "photos/demo", {}))

    def _wake(self) -> None:
        self.woken += 1

    @property
    def fanout(self) -> ScalingHistory:
        return self.histories[Component.FANOUT]


@pytest.fixture
def world() -> World:
    return World()


async def test_each_scaled_worker_is_counted_for_its_history_and_its_backlog(world: World) -> None:
    world.kafka.lags = {"demo.feed.fanout": lag_of(5), "demo.media.uploaded": lag_of(2)}
    await world.watch.once()
    lags = {component: found for component, history in world.histories.items() if (found := last_lags(history))}
    assert lags == {Component.FANOUT: lags_in(lag_of(5)), Component.IMAGE_ENCODE: lags_in(lag_of(2))}
    assert world.watch.backlogs[Component.IMAGE_ENCODE].messages(world.clock.monotonic()) == 2
    assert world.woken == 2


async def test_a_lag_that_is_not_known_is_no_count(world: World) -> None:
    await world.watch.once()
    assert last_lags(world.fanout) is None
    assert world.woken == 0


async def test_a_partition_with_most_of_the_lag_is_looked_into_now_and_then(world: World) -> None:
    hot = Lag((Offsets(0, 1000, 0), Offsets(1, 10, 0)))
    world.kafka.lags = {"demo.feed.fanout": hot}
    await world.watch.once()
    await world.watch.once()
    assert (world.fanout.hot_key, world.kafka.looked_into) == ("42", [0])
    world.clock.advance(PEEK_SECONDS)
    await world.watch.once()
    assert world.kafka.looked_into == [0, 0]


async def test_a_lag_that_is_spread_or_small_is_not_looked_into(world: World) -> None:
    for lag in (lag_of(1000), Lag((Offsets(0, 5, 0), Offsets(1, 0, 0)))):
        world.kafka.lags = {"demo.feed.fanout": lag}
        await world.watch.once()
    assert (world.fanout.hot_key, world.kafka.looked_into) == ("", [])
