"""A runtime policy that a test sets."""

from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy


class FakeRuntimePolicies:
    """Push, until told otherwise."""

    def __init__(self) -> None:
        self._current = RuntimePolicy()

    def current(self) -> RuntimePolicy:
        """Return the policy in force."""
        return self._current

    async def keep_watching(self) -> None:
        """Nobody could tell."""

    def obey(self, policy: RuntimePolicy) -> None:
        """Put a whole policy in force."""
        self._current = policy

    def become(self, feed_mode: FeedMode, degraded_level: int = 0) -> None:
        """Put another policy in force."""
        self._current = RuntimePolicy(feed_mode, degraded_level)
