"""Counts the fan-out's lag in the background, so that a slow Kafka never holds a pass. One `LagWatch` a platform."""

from collections.abc import Callable

from msgspec import Struct

from photo_core.clock import Clock
from photo_core.messages.topics import Group, Topic
from photo_operator import telemetry
from photo_operator.engines.kafka import KafkaProbe
from photo_operator.loops import repeat
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Sample

COUNT_SECONDS = 2.5


class Followed(Struct, frozen=True):
    """What to count, for which number of ready workers."""

    probe: KafkaProbe
    prefix: str
    platform: str
    workers: int


class LagWatch:
    """Fills a history with samples."""

    def __init__(self, history: ScalingHistory, clock: Clock, wake: Callable[[], None]) -> None:
        self._history = history
        self._clock = clock
        self._wake = wake
        self._followed: Followed | None = None

    def follow(self, followed: Followed | None) -> None:
        """Count this from now on."""
        self._followed = followed

    async def run(self) -> None:
        """Count for ever, and wake the reconciliation while there is a lag."""
        await repeat(self.once, COUNT_SECONDS)

    async def once(self) -> None:
        """Count once."""
        followed = self._followed
        if followed is None:
            return
        topic, group = followed.prefix + Topic.FEED_FANOUT, followed.prefix + Group.FANOUT_WORKERS
        lag = await followed.probe.lag(topic, group)
        if lag is None:
            return
        telemetry.FANOUT_LAG.labels(followed.platform).set(lag.messages)
        self._history.add(Sample(self._clock.monotonic(), lag), followed.workers)
        if lag.messages:
            self._wake()
