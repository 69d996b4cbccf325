"""How long messages have waited for a consumer group, from counts of its lag over time.

One `Backlog` for each consumer group of a platform, filled by `scaling.watch`, read by `reconcile.samples`. In memory
and bounded: a new leader knows how long a message has waited only from its own first count on.
"""

from collections import deque

from photo_operator.engines.lag import Sample

SPACING_SECONDS = 5.0
REMEMBERED = 1_500  # counts: two hours
STALE_SECONDS = 20.0


class Backlog:
    """Counts of one group, the newest and one every few seconds before it."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=REMEMBERED)
        self._latest: Sample | None = None
        self._moved_at: float | None = None

    def add(self, sample: Sample) -> None:
        """Remember a count."""
        latest = self._latest
        if latest is not None and latest.lag.partitions != sample.lag.partitions:
            self._samples.clear()
            latest = None
        if latest is None or sample.lag.messages == 0 or sample.lag.committed > latest.lag.committed:
            self._moved_at = sample.at
        self._latest = sample
        if not self._samples or sample.at - self._samples[-1].at >= SPACING_SECONDS:
            self._samples.append(sample)

    def messages(self, now: float) -> int | None:
        """Return how many messages wait; None where that is not known now."""
        if self._latest is None or now - self._latest.at > STALE_SECONDS:
            return None
        return self._latest.lag.messages

    def oldest_seconds(self, now: float) -> float:
        """Return for how long, at least, the oldest message has waited.

        It is one that had been produced when more had been produced than are committed by now.
        """
        if self._latest is None or self._latest.lag.messages == 0:
            return 0.0
        committed = self._latest.lag.committed
        seen = (sample.at for sample in self._samples if sample.lag.produced > committed)
        return now - next(seen, self._latest.at)

    def stuck_seconds(self, now: float) -> float:
        """Return for how long messages have waited while the group committed none."""
        if self._latest is None or self._latest.lag.messages == 0 or self._moved_at is None:
            return 0.0
        return now - self._moved_at
