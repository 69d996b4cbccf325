"""Counts the deliveries that this planner has planned in the last minute, in total and for the largest author.

The handler adds to it; the operator reads it through two gauges, whose thread only copies. It keeps one sum per second
and author, so its size does not depend on the number of posts.
"""

from collections import Counter, deque

from photo_core.clock import Clock
from photo_core.telemetry.metrics import FANOUT_PLANNED, FANOUT_PLANNED_OF_ONE

WINDOW_SECONDS = 60


class PlannedDeliveries:
    """Deliveries of the last minute, by author."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, Counter[int]]] = deque()

    def note(self, author_id: int, deliveries: int, now: float) -> None:
        """Add deliveries of an author's post."""
        second = int(now)
        while self._seconds and self._seconds[0][0] <= second - WINDOW_SECONDS:
            self._seconds.popleft()
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, Counter()))
        self._seconds[-1][1][author_id] += deliveries

    def of_last_minute(self, now: float) -> tuple[int, int]:
        """Return all deliveries, and those of the author with the most."""
        by_author: Counter[int] = Counter()
        for second, deliveries in list(self._seconds):
            if second > int(now) - WINDOW_SECONDS:
                by_author.update(deliveries.copy())
        return by_author.total(), max(by_author.values(), default=0)

    def publish_metrics(self, clock: Clock) -> None:
        """Let the two gauges read from here."""
        FANOUT_PLANNED.set_function(lambda: self.of_last_minute(clock.monotonic())[0])
        FANOUT_PLANNED_OF_ONE.set_function(lambda: self.of_last_minute(clock.monotonic())[1])
