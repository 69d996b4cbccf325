"""Accounts, sessions and worker-id leases; PostgreSQL is the truth."""

from collections.abc import Collection, Mapping
from typing import Protocol

from photo_core.domain.accounts import Account, NewAccount, ProfileChange


class Accounts(Protocol):
    """People."""

    async def create(self, account: NewAccount) -> Account:
        """Store a new account.

        Raises:
            Conflict: the user name is taken.
        """
        ...

    async def get_many(self, user_ids: Collection[int]) -> Mapping[int, Account]:
        """Return the accounts that exist, by id."""
        ...

    async def credentials(self, username: str) -> tuple[Account, str] | None:
        """Return the account and its password hash, or None."""
        ...

    async def change_profile(self, user_id: int, change: ProfileChange) -> Account | None:
        """Change the given fields and return the account, or None if there is none."""
        ...

    async def drop_avatar(self, user_id: int, media_id: int) -> None:
        """Take away the picture that a media makes, unless another has taken its place."""
        ...

    async def touch(self, user_ids: Collection[int], at_ms: int, away_before_ms: int = 0) -> None:
        """Remember that people were seen; a time before the one that is known changes nothing.

        Nothing is changed either of those who were not seen since `away_before_ms`: they are away until `touch` without
        it, once nothing can believe a feed of before.
        """
        ...


class RevokedSessions(Protocol):
    """Sessions that ended before their token did."""

    async def revoke(self, session_id: str, expires_at_ms: int) -> None:
        """Remember that a session ended; kept until its token expires."""
        ...

    async def all_live(self, now_ms: int) -> frozenset[str]:
        """Return the revoked sessions whose tokens have not expired by themselves."""
        ...


class WorkerIdLeases(Protocol):
    """Worker numbers for minting ids: leased for an hour, reused two hours after the lease began."""

    async def lease(self, holder: str) -> int:
        """Take a free worker number for a holder (a pod's name), or renew the holder's own."""
        ...
