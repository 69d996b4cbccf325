"""What the scaler remembers of a platform between passes: samples, wishes, the last move. One a platform, in memory.

A new leader starts with none and holds the number until it has two samples.
"""

from collections import deque

from photo_operator.scaling.decide import CALM_SECONDS
from photo_operator.scaling.model import Lag, Rates, Sample

WINDOW_SECONDS = 12.0
_SMOOTHING = 0.5  # weight of the newest measurement of one worker
_BUSY_LAG = 2  # below, a worker waits for messages and its rate says nothing


class ScalingHistory:
    """Bounded by time."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque()
        self._wanted: deque[tuple[float, int]] = deque()
        self._per_worker: float | None = None
        self.last_move: float | None = None

    def add(self, sample: Sample, workers: int) -> None:
        """Remember a count, taken while `workers` were ready."""
        previous = self._samples[-1] if self._samples else None
        if previous is not None and sample.at - previous.at < 1.0:
            return
        if previous is not None and sample.lag.partitions != previous.lag.partitions:
            self._samples.clear()
        self._samples.append(sample)
        while self._samples and sample.at - self._samples[0].at > WINDOW_SECONDS:
            self._samples.popleft()
        if previous is not None and workers:
            self._learn(previous, sample, workers)

    def _learn(self, previous: Sample, sample: Sample, workers: int) -> None:
        done = sample.lag.committed - previous.lag.committed
        if done <= 0 or min(previous.lag.messages, sample.lag.messages) < _BUSY_LAG:
            return
        measured = done / (sample.at - previous.at) / workers
        before = self._per_worker
        self._per_worker = measured if before is None else _SMOOTHING * measured + (1 - _SMOOTHING) * before

    def rates(self) -> Rates:
        """Return the rates over the window."""
        if len(self._samples) < 2:
            return Rates(per_worker=self._per_worker)
        first, last = self._samples[0], self._samples[-1]
        seconds = last.at - first.at
        arrival = max(0, last.lag.produced - first.lag.produced) / seconds
        service = max(0, last.lag.committed - first.lag.committed) / seconds
        return Rates(arrival, service, self._per_worker)

    def latest(self, now: float, max_age: float) -> Lag | None:
        """Return the newest count unless it is older than `max_age` seconds."""
        if not self._samples or now - self._samples[-1].at > max_age:
            return None
        return self._samples[-1].lag

    def wish(self, now: float, wanted: int) -> None:
        """Remember what the lag asked for."""
        self._wanted.append((now, wanted))
        while self._wanted and now - self._wanted[0][0] > CALM_SECONDS:
            self._wanted.popleft()

    def wanted_recently(self) -> tuple[int, ...]:
        """Return the wishes of the last CALM_SECONDS."""
        return tuple(wanted for _, wanted in self._wanted)
