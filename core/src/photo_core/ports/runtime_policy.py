"""What the operator tells this pod."""

from typing import Protocol

from photo_core.domain.runtime_policy import RuntimePolicy


class RuntimePolicies(Protocol):
    """The runtime policy, as far as this pod has heard."""

    def current(self) -> RuntimePolicy:
        """Return the policy in force."""
        ...

    async def keep_watching(self) -> None:
        """Listen for changes until cancelled; returns at once where nobody could tell."""
        ...
