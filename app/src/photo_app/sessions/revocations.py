"""Sessions that ended before their token, known to this process; polled, so that no request asks a store.

A session ended on another pod is refused here within two seconds. While PostgreSQL is down the list stays as it
was: nobody can end a session then either.
"""

import asyncio

import structlog

from photo_core.clock import Clock
from photo_core.errors import EngineUnavailable
from photo_core.ports.accounts import RevokedSessions

POLL_SECONDS = 2.0
logger = structlog.get_logger(__name__)


class Revocations:
    """The revoked sessions as of the last poll, and those that this process ended itself."""

    def __init__(self, store: RevokedSessions, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: frozenset[str] = frozenset()

    def revoked(self, session_id: str) -> bool:
        """Tell whether a session has ended."""
        return session_id in self._known

    async def revoke(self, session_id: str, expires_at_ms: int) -> None:
        """End a session everywhere."""
        await self._store.revoke(session_id, expires_at_ms)
        self._known |= {session_id}

    async def poll_once(self) -> None:
        """Read the list; keep the old one if PostgreSQL does not answer."""
        try:
            self._known = await self._store.all_live(self._clock.now_ms())
        except EngineUnavailable as error:
            logger.warning("revocations_not_polled", detail=str(error))

    async def poll(self) -> None:
        """Poll every two seconds until cancelled."""
        while True:
            await self.poll_once()
            await asyncio.sleep(POLL_SECONDS)
