"""The sessions that ended before their token expired, polled from PostgreSQL so that no request asks a store.

A session that ended on another pod, or with its account, is refused here within two seconds. While PostgreSQL is down
the list stays as it was: no session can be ended then either. Until the first list is read, ended sessions are unknown
and requests with a token get 503.
"""

import asyncio

import structlog

from photo_app.authentication.tokens import LIFETIME_MS, Viewer
from photo_core.clock import Clock
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.account_deletions import AccountDeletions
from photo_core.ports.accounts import RevokedSessions

POLL_SECONDS = 2.0
FIRST_POLL_SECONDS = 0.5  # between attempts until the first list is read
LATE_LOGIN_MS = 600_000  # far longer than a login that began before the account was deleted
LOG = structlog.get_logger(__name__)


class Revocations:
    """The revoked sessions and deleted accounts of the last poll, and those that this process has ended since."""

    def __init__(self, store: RevokedSessions, deletions: AccountDeletions, clock: Clock) -> None:
        self._store = store
        self._deletions = deletions
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._deleted: frozenset[int] = frozenset()
        self._read = False

    def revoked(self, viewer: Viewer) -> bool:
        """Tell whether the session of a token has ended.

        Raises:
            EngineUnavailable: no list has been read yet.
        """
        if not self._read:
            raise EngineUnavailable(Engine.POSTGRES, "the sessions that have ended are not read yet")
        return viewer.session_id in self._known or viewer.user_id in self._deleted

    async def revoke(self, session_id: str, expires_at_ms: int) -> None:
        """End a session everywhere."""
        await self._store.revoke(session_id, expires_at_ms)
        self._known |= {session_id}

    async def delete_account(self, user_id: int) -> None:
        """Delete an account, which ends all its sessions everywhere; idempotent."""
        await self._deletions.delete(user_id, self._clock.now_ms())
        self._deleted |= {user_id}

    async def poll_once(self) -> None:
        """Read the list; keep the old one if PostgreSQL does not answer."""
        try:
            now_ms = self._clock.now_ms()
            self._deleted = await self._deletions.deleted_since(now_ms - LIFETIME_MS - LATE_LOGIN_MS)
            self._known = await self._store.all_live(now_ms)
            self._read = True
        except EngineUnavailable as error:
            LOG.warning("revocations_not_polled", detail=str(error))

    async def poll(self) -> None:
        """Poll every two seconds until cancelled; sooner until the first list is read."""
        while True:
            await self.poll_once()
            await asyncio.sleep(POLL_SECONDS if self._read else FIRST_POLL_SECONDS)
