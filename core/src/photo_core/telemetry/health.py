"""Whether a process still turns: a heartbeat that its loop beats and /healthz reads (see `metrics.serve_metrics`)."""

from photo_core.clock import Clock


class Heartbeat:
    """Alive as long as the last beat is younger than a limit; starts beaten."""

    def __init__(self, clock: Clock, stalled_after_seconds: float = 30.0) -> None:
        self._clock = clock
        self._limit = stalled_after_seconds
        self._last = clock.monotonic()

    def beat(self) -> None:
        """Say that the loop has turned."""
        self._last = self._clock.monotonic()

    def alive(self) -> bool:
        """Tell whether the loop has turned lately; called from the thread that serves /healthz."""
        return self._clock.monotonic() - self._last <= self._limit
