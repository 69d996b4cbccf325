"""How often an account may ask: a fixed window of one second, counted in this process.

Asked by `photo_app.authentication` once a request; the operator divides nothing, so with N pods an account that is
spread over all of them may ask N times as often.
"""

import math

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from msgspec import Struct

from photo_core.clock import Clock


class Allowance(Struct, frozen=True):
    """What is left of an account's window."""

    allowed: bool
    limit: int
    remaining: int
    resets_at: int  # Unix seconds

    def headers(self) -> dict[str, str]:
        """Return the response headers that tell the client."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.resets_at),
        }


class RateLimits:
    """Requests a second of each account.

    Args:
        per_second: how many.
        clock: tells when a window that has never been used would end.
    """

    def __init__(self, per_second: int, clock: Clock) -> None:
        self._item = RateLimitItemPerSecond(per_second)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._clock = clock

    async def take(self, user_id: int) -> Allowance:
        """Count one request of an account."""
        allowed = await self._limiter.hit(self._item, str(user_id))
        stats = await self._limiter.get_window_stats(self._item, str(user_id))
        resets_at = max(math.ceil(stats.reset_time), self._clock.now_ms() // 1000)
        return Allowance(allowed, self._item.amount, stats.remaining, resets_at)
