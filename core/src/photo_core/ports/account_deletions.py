"""Accounts that were deleted, and taking away what stands between them and others; PostgreSQL is the truth.

The API deletes and asks whose tokens to refuse; the purge worker does the rest. For every other port a deleted account
is absent, though its name stays taken.
"""

from typing import Protocol

from photo_core.domain.accounts import DeletedAccount


class AccountDeletions(Protocol):
    """From the deletion of an account to the end of its purge."""

    async def delete(self, user_id: int, at_ms: int) -> None:
        """Make an account absent, for every reader that asks for the state version from now on; idempotent."""
        ...

    async def deleted_since(self, at_ms: int) -> frozenset[int]:
        """Return the accounts that were deleted at or after a time."""
        ...

    async def unpurged(self) -> list[DeletedAccount]:
        """Return the deleted accounts of which something may be left, those deleted first before the others."""
        ...

    async def disentangle(self, user_id: int, at_most: int) -> bool:
        """Remove some of a deleted account's follows, requests, blocks and mutes, of both directions.

        Counts stay exact, and the graphs of those who followed it begin new versions. False once nothing was left.
        """
        ...

    async def finish(self, user_id: int, at_ms: int) -> None:
        """Forget what the account said of itself, and no longer tell readers to leave it out; idempotent."""
        ...
