"""Counts the lags of fan-out and encoders in the background: a slow Kafka holds no pass. One `LagWatch` a platform."""

from collections.abc import Callable

from msgspec import Struct

from photo_core.clock import Clock
from photo_core.messages.topics import Group, Topic
from photo_operator import telemetry
from photo_operator.engines.kafka import KafkaProbe
from photo_operator.loops import repeat
from photo_operator.observe.backlog import Backlog
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Lag, Sample

COUNT_SECONDS = 2.5


class Followed(Struct, frozen=True):
    """What to count, for which number of ready workers."""

    probe: KafkaProbe
    prefix: str
    platform: str
    workers: int


class LagWatch:
    """Fills the scaler's history, and the backlogs that runbooks are judged by."""

    def __init__(self, history: ScalingHistory, clock: Clock, wake: Callable[[], None]) -> None:
        self._history = history
        self._clock = clock
        self._wake = wake
        self._followed: Followed | None = None
        self.fanout = Backlog()
        self.encode = Backlog()

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
        await self._count_fanout(followed)
        lag = await _lag(followed, Topic.MEDIA_UPLOADED, Group.IMAGE_ENCODE)
        if lag is not None:
            self.encode.add(Sample(self._clock.monotonic(), lag))

    async def _count_fanout(self, followed: Followed) -> None:
        lag = await _lag(followed, Topic.FEED_FANOUT, Group.FANOUT_WORKERS)
        if lag is None:
            return
        telemetry.FANOUT_LAG.labels(followed.platform).set(lag.messages)
        sample = Sample(self._clock.monotonic(), lag)
        self._history.add(sample, followed.workers)
        self.fanout.add(sample)
        if lag.messages:
            self._wake()


async def _lag(followed: Followed, topic: Topic, group: Group) -> Lag | None:
    return await followed.probe.lag(followed.prefix + topic, followed.prefix + group)
