"""Acquires, keeps and releases the Lease. Called by `main`; the rules are `lease`'s.

`fence` is asked before every write of this process.
"""

import asyncio
from typing import Protocol

import structlog

from photo_core.clock import Clock
from photo_operator import telemetry
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable, LeadershipLost
from photo_operator.crds import Manifest
from photo_operator.leadership import lease as rules
from photo_operator.times import rfc3339_micro

log = structlog.get_logger(__name__)


class LeaseStore(Protocol):
    """Where the Lease is kept; every call raises ClusterRefused or ClusterUnavailable."""

    async def read(self) -> Manifest | None:
        """Return the Lease, or None."""
        ...

    async def create(self, lease: Manifest) -> Manifest:
        """Store the first Lease; refused where there is one."""
        ...

    async def replace(self, lease: Manifest) -> Manifest:
        """Store a Lease; refused unless it is the version that was read."""
        ...


class Elector:
    """This process's claim to the Lease; `identity` starts with the pod's name."""

    def __init__(self, store: LeaseStore, clock: Clock, namespace: str, identity: str) -> None:
        self._store = store
        self._clock = clock
        self._namespace = namespace
        self.identity = identity
        self._sighting: rules.Sighting | None = None
        self._held: Manifest | None = None
        self._renewed = float("-inf")

    @property
    def epoch(self) -> int:
        """How often the Lease has changed hands: grows with every leader."""
        return int((self._held or {}).get("spec", {}).get("leaseTransitions", 0))

    def fence(self) -> None:
        """Refuse unless the Lease was renewed lately.

        Raises:
            LeadershipLost: it was not; another process may lead.
        """
        if self._clock.monotonic() - self._renewed > rules.RENEW_DEADLINE_SECONDS:
            raise LeadershipLost("the Lease has not been renewed in time")

    async def acquire(self) -> None:
        """Wait until this process leads."""
        while True:
            if await self.attempt():
                break
            await asyncio.sleep(rules.seconds_to_retry(self._sighting, self._clock.monotonic()))
        telemetry.LEADING.set(1)
        log.info("leading", identity=self.identity, epoch=self.epoch)

    async def keep(self) -> None:
        """Renew for ever.

        Raises:
            LeadershipLost: another process leads, or may.
        """
        while True:
            await asyncio.sleep(rules.RETRY_SECONDS)
            if not await self.attempt() and self._another_holds():
                raise LeadershipLost("another process holds the Lease")
            self.fence()

    async def attempt(self) -> bool:
        """Try once to take or renew the Lease; return whether this process holds it now."""
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(rules.RENEW_DEADLINE_SECONDS / 2):
                held = await self._write()
        except (ClusterRefused, ClusterUnavailable, TimeoutError) as error:
            log.warning("lease not renewed", error=str(error))
            return False
        if held is None:
            return False
        self._held, self._renewed = held, started
        return True

    async def _write(self) -> Manifest | None:
        found = await self._store.read()
        now = rfc3339_micro(self._clock)
        if found is None:
            return await self._store.create(rules.build_lease(self._namespace, self.identity, now))
        self._sighting = rules.sight(found, self._sighting, self._clock.monotonic())
        if not rules.may_take(found, self.identity, self._sighting, self._clock.monotonic()):
            self._held = None if self._held is None else found
            return None
        return await self._store.replace(rules.build_renewal(found, self.identity, now))

    def _another_holds(self) -> bool:
        return self._held is not None and rules.holder_of(self._held) != self.identity

    async def release(self) -> None:
        """Give the Lease up, where this process holds it."""
        telemetry.LEADING.set(0)
        held, self._held, self._renewed = self._held, None, float("-inf")
        if held is None or rules.holder_of(held) != self.identity:
            return
        try:
            await self._store.replace(rules.build_release(held, rfc3339_micro(self._clock)))
        except (ClusterRefused, ClusterUnavailable) as error:
            log.warning("lease not released", error=str(error))
