"""A clock that moves when it is told to."""


class FakeClock:
    """Starts at 2026-01-01T00:00:00Z."""

    def __init__(self, now_ms: int = 1_767_225_600_000) -> None:
        self._now_ms = now_ms
        self._monotonic = 1_000.0

    def now_ms(self) -> int:
        """Return the milliseconds since the Unix epoch."""
        return self._now_ms

    def monotonic(self) -> float:
        """Return the monotonic seconds."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ms += round(seconds * 1000)
        self._monotonic += seconds

    def set_wall_clock(self, seconds: float) -> None:
        """Step the wall clock, as somebody does who sets it; no time passes."""
        self._now_ms += round(seconds * 1000)
