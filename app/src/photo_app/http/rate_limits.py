"""Rate limits of each account: requests a second and posts a minute, in fixed windows counted in this process.

Checked by `photo_app.authentication.viewer` once a request, and by `photo_app.posts.creation`. Pods share no counts:
with N pods, an account whose requests spread over all of them may send N times as many.
"""

import math
from collections.abc import Callable

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from msgspec import Struct

from photo_app.http.problems import Problem, ProblemType
from photo_core.clock import Clock
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.telemetry.metrics import POLICY_REFUSALS

MINUTE_SECONDS = 60


class Allowance(Struct, frozen=True):
    """What remains of an account's window."""

    allowed: bool
    limit: int
    remaining: int
    resets_at: int  # Unix seconds

    def headers(self) -> dict[str, str]:
        """Return the response headers with the limit."""
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


class PostingLimits:
    """Posts a minute of each account, while the runtime policy bounds them.

    Args:
        policy: the current runtime policy.
        clock: tells how long a window still lasts.
    """

    def __init__(self, policy: Callable[[], RuntimePolicy], clock: Clock) -> None:
        self._policy = policy
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._clock = clock

    async def require(self, user_id: int) -> None:
        """Count one post of an account.

        Raises:
            Problem: it has posted too often (429 with Retry-After).
        """
        most = self._policy().posts_per_minute
        if most is None:
            return
        item = RateLimitItemPerMinute(most)
        if await self._limiter.hit(item, str(user_id)):
            return
        stats = await self._limiter.get_window_stats(item, str(user_id))
        wait = min(max(math.ceil(stats.reset_time) - self._clock.now_ms() // 1000, 1), MINUTE_SECONDS)
        problem = ProblemType.RATE_LIMITED
        POLICY_REFUSALS.labels(problem=problem.slug).inc()
        raise Problem(problem, f"at most {most} posts a minute for now", headers={"Retry-After": str(wait)})
