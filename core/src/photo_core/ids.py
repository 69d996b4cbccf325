"""Mints snowflake ids for every process that creates something: posts, media, accounts, outbox records.

A worker number is leased from PostgreSQL for an hour and never given to another process within two, so two
processes cannot mint the same id. The layout of an id is in `photo_core.domain.ids`.
"""

import asyncio

import structlog
from msgspec import Struct

from photo_core.clock import Clock
from photo_core.domain.ids import EPOCH_MS, MAX_SEQUENCE, SEQUENCE_BITS, compose
from photo_core.errors import EngineUnavailable, MintingStopped
from photo_core.ports.accounts import WorkerIdLeases

LEASE_SECONDS = 3600.0
RENEW_SECONDS = 600.0
RETRY_SECONDS = 2.0
WORKER_MASK = ~0 << SEQUENCE_BITS  # time and worker of an id

logger = structlog.get_logger(__name__)


class WorkerLease(Struct, frozen=True):
    """The right to mint as a worker until a moment of this process's monotonic clock."""

    worker: int
    expires_at: float


class IdMinter:
    """Mints ids that are unique over all processes and increase within this one.

    Args:
        clock: the wall clock dates the ids, the monotonic one ends the lease.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lease: WorkerLease | None = None
        self._last = 0

    def renew(self, lease: WorkerLease) -> None:
        """Mint under this lease from now on."""
        self._lease = lease

    def mint(self) -> int:
        """Return the next id.

        Raises:
            MintingStopped: there is no lease, it ran out, the clock stepped back, or a millisecond is used up.
        """
        lease = self._lease
        if lease is None or self._clock.monotonic() >= lease.expires_at:
            raise MintingStopped("no worker number is leased")
        candidate = _next_id(self._clock.now_ms(), lease.worker, self._last)
        if candidate is None or candidate <= self._last:
            raise MintingStopped("the clock stepped back or this millisecond is used up")
        self._last = candidate
        return candidate


def _next_id(now_ms: int, worker: int, last: int) -> int | None:
    if now_ms < EPOCH_MS:
        return None
    first = compose(now_ms, worker, 0)
    if first & WORKER_MASK != last & WORKER_MASK:
        return first
    return None if last & MAX_SEQUENCE == MAX_SEQUENCE else last + 1


async def keep_leased(minter: IdMinter, leases: WorkerIdLeases, holder: str, clock: Clock) -> None:
    """Lease a worker number and renew it, until cancelled; while PostgreSQL is down, try every two seconds.

    Args:
        minter: what mints under the lease.
        leases: where numbers come from.
        holder: a name that no other process uses, now or earlier.
        clock: the clock of `minter`.
    """
    while True:
        renewed = await renew_once(minter, leases, holder, clock)
        await asyncio.sleep(RENEW_SECONDS if renewed else RETRY_SECONDS)


async def renew_once(minter: IdMinter, leases: WorkerIdLeases, holder: str, clock: Clock) -> bool:
    """Lease or renew a number; False if PostgreSQL does not answer, which a lease that holds survives."""
    asked_at = clock.monotonic()  # the lease begins no earlier than this
    try:
        worker = await leases.lease(holder)
    except EngineUnavailable as error:
        logger.warning("worker_lease_not_renewed", detail=str(error))
        return False
    minter.renew(WorkerLease(worker, asked_at + LEASE_SECONDS))
    return True
