"""Acquires, renews and releases the Lease by the rules of `lease`. Called by `main`.

Every write of this process asks `fence` first.
"""

import asyncio
from typing import Protocol

import structlog
from msgspec import Struct

from photo_core.clock import Clock
from photo_operator import telemetry
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable, LeadershipLost
from photo_operator.crds.platform import Manifest
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


class LeadershipState(Struct, frozen=True):
    """Whether this process leads or stands by as it should, and a sentence that says which."""

    healthy: bool
    message: str


class Elector:
    """This process's claim to the Lease; `identity` starts with the pod's name."""

    def __init__(self, store: LeaseStore, clock: Clock, namespace: str, identity: str) -> None:
        self._store = store
        self._clock = clock
        self._namespace = namespace
        self.identity = identity
        self._sighting: rules.LeaseSighting | None = None
        self._holder = ""
        self._read = float("-inf")  # when the Lease was last looked at
        self._held: Manifest | None = None
        self._renewed = float("-inf")
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """How often the Lease has changed hands: grows with every leader, also where the Lease was deleted."""
        return self._epoch

    def fence(self) -> float:
        """Return for how many seconds this process surely leads; no write may take longer.

        Raises:
            LeadershipLost: the Lease was not renewed lately; another process may lead.
        """
        left = self._renewed + rules.RENEW_DEADLINE_SECONDS - self._clock.monotonic()
        if left <= 0:
            raise LeadershipLost("the Lease has not been renewed in time")
        return left

    def state(self) -> LeadershipState:
        """Return whether this process leads, or would notice that nobody leads."""
        now = self._clock.monotonic()
        if now - self._renewed < rules.RENEW_DEADLINE_SECONDS:
            return LeadershipState(True, f"leading since epoch {self.epoch}")
        ago = now - self._read
        if ago < rules.DURATION_SECONDS:
            return LeadershipState(
                True, f"standing by: {self._holder or 'nobody'} holds the Lease, read {ago:.0f} s ago"
            )
        return LeadershipState(False, "neither leading nor standing by: the Lease could not be read lately")

    async def acquire(self) -> None:
        """Wait until this process leads."""
        while True:
            if await self.attempt():
                break
            await asyncio.sleep(rules.seconds_to_retry(self._sighting, self._clock.monotonic()))
        telemetry.LEADING.set(1)
        log.info("leading", identity=self.identity, epoch=self.epoch)

    async def keep(self) -> None:
        """Renew until leadership is lost.

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
            with telemetry.RENEW_SECONDS.time():
                async with asyncio.timeout(rules.RENEW_DEADLINE_SECONDS / 2):
                    held = await self._write()
        except (ClusterRefused, ClusterUnavailable, TimeoutError) as error:
            log.warning("lease not renewed", error=str(error))
            telemetry.RENEWALS.labels("failed").inc()
            return False
        telemetry.RENEWALS.labels("waited" if held is None else "held").inc()
        if held is None:
            return False
        self._held, self._renewed = held, started
        self._see(held)
        return True

    async def _write(self) -> Manifest | None:
        found = await self._store.read()
        now = rfc3339_micro(self._clock)
        self._read = self._clock.monotonic()
        if found is None:
            return await self._create(now)
        sighting = self._see(found)
        if not rules.may_take(found, self.identity, sighting, self._read):
            self._held = None if self._held is None else found
            return None
        return await self._store.replace(rules.build_renewal(found, self.identity, now))

    async def _create(self, now: str) -> Manifest | None:
        """Create the Lease; where there was one, its holder may not know yet that it is gone."""
        if self._sighting is not None and not self._holds():
            self._sighting = rules.sight(rules.ABSENT, self._sighting, self._read)
            if not rules.is_over(self._sighting, self._read):
                return None
        return await self._store.create(rules.build_lease(self._namespace, self.identity, now, self._epoch + 1))

    def _see(self, lease: Manifest) -> rules.LeaseSighting:
        self._sighting = rules.sight(lease, self._sighting, self._clock.monotonic())
        self._holder = rules.holder_of(lease)
        self._epoch = max(self._epoch, rules.epoch_of(lease))
        telemetry.EPOCH.set(self._epoch)
        return self._sighting

    def _holds(self) -> bool:
        return self._held is not None and not self._another_holds()

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
