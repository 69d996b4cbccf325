"""Deletes accounts, so that no response that begins after the 2xx shows one, on any pod and in any feed mode.

The row in PostgreSQL decides; every reader notices it by the state version. A mark in Redis serves readers that cannot
reach PostgreSQL. The worker `purge` removes what remains of the account, from that row alone.
"""

from contextlib import suppress

from photo_app.authentication.passwords import Passwords
from photo_app.authentication.revocations import Revocations
from photo_app.authentication.tokens import Viewer
from photo_app.http.problems import Problem, ProblemType
from photo_app.ports import Ports
from photo_app.users.schemas import AccountDeletion
from photo_core.breaker import FAILED_CALLS_TO_OPEN
from photo_core.domain.accounts import DeletedAccount
from photo_core.domain.operations import account_deletion_of
from photo_core.errors import EngineUnavailable
from photo_core.ports.feeds import DeletionMarks


class AccountDeletionService:
    """Deletions of accounts.

    Args:
        ports: where accounts and operations are stored.
        passwords: verifies that the owner asks.
        revocations: ends the account's sessions.
        marks: the marks that pages without PostgreSQL read; guarded.
    """

    def __init__(self, ports: Ports, passwords: Passwords, revocations: Revocations, marks: DeletionMarks) -> None:
        self._ports = ports
        self._marks = marks
        self._passwords = passwords
        self._revocations = revocations

    async def delete(self, viewer: Viewer, wanted: AccountDeletion) -> int:
        """Delete one's own account and return the id of the operation.

        Raises:
            Problem: the password is wrong (403), or the account was deleted a moment ago (401).
            EngineUnavailable: the account may still exist; repeating the call is safe.
        """
        found = await self._ports.accounts.credentials(viewer.username)
        if found is None:
            raise Problem(ProblemType.UNAUTHENTICATED, "the account is deleted")
        if not await self._passwords.verify(found[1], wanted.password):
            raise Problem(ProblemType.FORBIDDEN, "the password is wrong")
        await self._revocations.delete_account(viewer.user_id)
        await self._mark(viewer.user_id)
        await self._begin_operation(viewer.user_id)
        return viewer.user_id

    async def _mark(self, user_id: int) -> None:
        """Mark the account in Redis; if Redis does not confirm it, the worker does."""
        for _ in range(FAILED_CALLS_TO_OPEN):
            with suppress(EngineUnavailable):
                await self._marks.mark_deleted(user_id)
                return

    async def _begin_operation(self, user_id: int) -> None:
        """Store the operation so that it can be read at once; if Cassandra does not answer, the worker does."""
        deletion = account_deletion_of(DeletedAccount(user_id, self._ports.clock.now_ms()))
        with suppress(EngineUnavailable):
            await self._ports.operations.begin(deletion)
