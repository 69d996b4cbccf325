"""Limits the rate of rebuilds, since the stores serve readers at the same time. Used by the handler."""

import asyncio
from collections.abc import Awaitable, Callable

from photo_core.clock import Clock


class Pace:
    """A rate limit: at most `per_second` on average since the first call."""

    def __init__(
        self, per_second: int, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._seconds_each = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._free_at = 0.0

    async def wait_for(self, number: int) -> None:
        """Return once the next `number` rebuilds may start."""
        now = self._clock.monotonic()
        start = max(now, self._free_at)
        self._free_at = start + number * self._seconds_each
        await self._sleep(start - now)
