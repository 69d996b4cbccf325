"""Removes the data of deleted accounts and ends their operations.

A loop that runs next to the consumer of the purge worker. It relies only on the rows in PostgreSQL, so neither a lost
message nor a crash loses a deletion; several may run at once. The account is invisible to everybody before this begins.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from photo_core.clock import Clock
from photo_core.domain.accounts import DeletedAccount
from photo_core.domain.operations import Operation, Surface, SurfaceEnd, SurfaceState, account_deletion_of, pending
from photo_core.errors import EngineUnavailable, MintingStopped
from photo_core.ports.account_deletions import AccountDeletions
from photo_core.ports.feeds import DeletionMarks
from photo_core.ports.operations import Operations
from photo_core.telemetry.metrics import PURGE_LATENCY
from photo_workers.purge.account_eraser import AccountEraser

LOG = structlog.get_logger(__name__)
EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class AccountPurge:
    """Finds deleted accounts and purges them, pass after pass."""

    deletions: AccountDeletions
    operations: Operations
    eraser: AccountEraser
    feeds: DeletionMarks
    clock: Clock
    settled_after_ms: int  # by then every pod refuses the account's tokens, and requests of before have ended

    async def run(self, draining: asyncio.Event) -> None:
        """Purge accounts until told to drain; an engine that is away is asked again in the next pass."""
        while not draining.is_set():
            try:
                await self.purge_accounts()
            except EngineUnavailable as unavailable:
                _log_postponed(unavailable)
            with suppress(TimeoutError):
                await asyncio.wait_for(draining.wait(), EVERY_SECONDS)

    async def purge_accounts(self) -> None:
        """Purge every account that may have data left.

        Raises:
            EngineUnavailable: the next pass finds the same accounts again.
        """
        for account in await self.deletions.unpurged():
            await self._purge(account)

    async def _purge(self, account: DeletedAccount) -> None:
        """Remove the data that is there now; end surfaces once no more data can arrive."""
        marked = await self._mark_deleted(account.user_id)
        settled = account.deleted_at_ms <= self.clock.now_ms() - self.settled_after_ms
        operation = await self._operation(account)
        for surface in pending(operation):
            if await self._try_to_clear(surface, account.user_id) and settled:
                await self._end(operation, surface)
        if settled and marked and not pending(await self._operation(account)):
            await self.feeds.unmark_deleted(account.user_id)
            await self.deletions.finish(account.user_id, self.clock.now_ms())
            LOG.info("account purged", user_id=account.user_id)

    async def _mark_deleted(self, user_id: int) -> bool:
        """Mark the account in Redis, which may have missed or lost the deletion; nothing waits if Redis is down."""
        try:
            await self.feeds.mark_deleted(user_id)
        except EngineUnavailable as failure:
            _log_postponed(failure)
            return False
        return True

    async def _operation(self, account: DeletedAccount) -> Operation:
        """Return the operation, which the API may not have begun."""
        operation = await self.operations.get(account.user_id)
        if operation is None:
            operation = account_deletion_of(account)
            await self.operations.begin(operation)
        return operation

    async def _try_to_clear(self, surface: Surface, user_id: int) -> bool:
        """Clear a surface; the others do not wait for an engine that is down."""
        try:
            return await self.eraser.clear(surface, user_id)
        except (EngineUnavailable, MintingStopped) as failure:
            _log_postponed(failure)
            return False

    async def _end(self, operation: Operation, surface: Surface) -> None:
        end = SurfaceEnd(SurfaceState.CLEARED, self.clock.now_ms())
        await self.operations.end_surface(operation.operation_id, surface, end)
        PURGE_LATENCY.labels(surface=surface).observe((end.ended_at_ms - operation.started_at_ms) / 1000)


def _log_postponed(failure: Exception) -> None:
    LOG.warning("purge of accounts put off", detail=str(failure))
