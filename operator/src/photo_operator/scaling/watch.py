"""Counts the lags of scaled workers in the background, so that a slow Kafka never delays a pass.

One `LagWatch` for each platform, made by `reconcile.samples` and run by `process.platforms`.
"""

import asyncio
from collections.abc import Callable, Mapping

from msgspec import Struct

from photo_core.clock import Clock
from photo_operator import telemetry
from photo_operator.components.catalog import SCALED, Component, ScaledWorkerRecord
from photo_operator.engines.kafka import KafkaProbe
from photo_operator.engines.lag import Lag, Sample
from photo_operator.loops import repeat
from photo_operator.observe.backlog import Backlog
from photo_operator.scaling.history import ScalingHistory

COUNT_SECONDS, IDLE_COUNT_SECONDS = 2.5, 5.0  # between two counts, as soon as the scaler wants one
PEEK_SECONDS = 10.0
HOT_SHARE, HOT_LAG = 0.5, 20  # messages are sampled in a partition with this share of the lag, and this much lag


class LagTarget(Struct, frozen=True):
    """Whose lags to count, and how many workers of each kind are ready."""

    probe: KafkaProbe
    prefix: str
    platform: str
    workers: Mapping[Component, int]


class LagWatch:
    """Fills the histories of the scaler, and the backlogs from which readings are built."""

    def __init__(self, histories: Mapping[Component, ScalingHistory], clock: Clock, wake: Callable[[], None]) -> None:
        self._histories = histories
        self._clock = clock
        self._wake = wake
        self._followed: LagTarget | None = None
        self._peeked_at: dict[Component, float] = {}
        self.backlogs = {scaled.component: Backlog() for scaled in SCALED}

    def follow(self, followed: LagTarget | None) -> None:
        """Count these lags from now on; None stops counting."""
        self._followed = followed

    async def run(self) -> None:
        """Count until the task is cancelled, and wake the reconciliation while there is a lag."""
        await repeat(self._count_and_rest, COUNT_SECONDS)

    async def _count_and_rest(self) -> None:
        await self.once()
        wanted = min(history.next_check for history in self._histories.values())
        await asyncio.sleep(min(max(wanted, COUNT_SECONDS), IDLE_COUNT_SECONDS) - COUNT_SECONDS)

    async def once(self) -> None:
        """Count once."""
        followed = self._followed
        if followed is None:
            return
        for scaled in SCALED:
            await self._count(followed, scaled)

    async def _count(self, followed: LagTarget, scaled: ScaledWorkerRecord) -> None:
        lag = await followed.probe.lag(followed.prefix + scaled.topic, followed.prefix + scaled.group)
        if lag is None:
            return
        telemetry.WORKER_LAG.labels(followed.platform, scaled.component).set(lag.messages)
        sample = Sample(self._clock.monotonic(), lag)
        self._histories[scaled.component].add(sample, followed.workers.get(scaled.component, 0))
        self.backlogs[scaled.component].add(sample)
        if lag.messages:
            self._wake()
        await self._look_into(followed, scaled, lag)

    async def _look_into(self, followed: LagTarget, scaled: ScaledWorkerRecord, lag: Lag) -> None:
        """Sample the messages of the partition that has most of the lag, where one has."""
        history, now = self._histories[scaled.component], self._clock.monotonic()
        hottest = max(lag.each, key=lambda found: found.lag)
        if hottest.lag < max(HOT_LAG, HOT_SHARE * lag.messages):
            history.hot_key = ""
        elif now - self._peeked_at.get(scaled.component, -PEEK_SECONDS) >= PEEK_SECONDS:
            self._peeked_at[scaled.component] = now
            topic, group = followed.prefix + scaled.topic, followed.prefix + scaled.group
            history.hot_key = await followed.probe.most_frequent_key(topic, group, hottest)
