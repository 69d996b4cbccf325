"""Shared probes: one client and one loop an endpoint and Secret, however many platforms use it.

`reconcile` asks for the probes that a platform needs and reads what they last found; it never waits for an engine.
"""

import asyncio
import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from photo_core.clock import Clock
from photo_core.errors import Engine
from photo_operator import crds
from photo_operator.engines.cassandra import CassandraProbe
from photo_operator.engines.kafka import KafkaProbe
from photo_operator.engines.model import Credentials, Health, Probe
from photo_operator.engines.object_storage import ObjectStorageProbe
from photo_operator.engines.postgres import PostgresProbe
from photo_operator.engines.redis import RedisProbe

INTERVAL_SECONDS: dict[Engine, float] = {
    Engine.REDIS: 1.0,  # a lost master shall be known within seconds
    Engine.KAFKA: 5.0,
    Engine.CASSANDRA: 10.0,
    Engine.POSTGRES: 10.0,
    Engine.OBJECT_STORAGE: 10.0,
}

PoolKey = tuple[Engine, str]


class Target(Struct, frozen=True):
    """An engine of a platform: where it is and what to log in with."""

    engine: Engine
    engines: crds.Engines
    credentials: Credentials

    @property
    def key(self) -> PoolKey:
        """The same for the same endpoint and Secret."""
        engines = self.engines
        address: dict[Engine, object] = {
            Engine.KAFKA: engines.kafka.bootstrap_servers,
            Engine.REDIS: engines.redis.nodes,
            Engine.CASSANDRA: engines.cassandra.hosts,
            Engine.POSTGRES: "",
            Engine.OBJECT_STORAGE: (engines.object_storage.endpoint, engines.object_storage.region),
        }
        content = msgspec.json.encode((address[self.engine], sorted(self.credentials.values.items())))
        return self.engine, hashlib.sha256(content).hexdigest()


def build_probe(target: Target) -> Probe:
    """Return the probe of a target."""
    engines, credentials = target.engines, target.credentials
    match target.engine:
        case Engine.KAFKA:
            return KafkaProbe(engines.kafka, credentials)
        case Engine.REDIS:
            return RedisProbe(engines.redis, credentials)
        case Engine.CASSANDRA:
            return CassandraProbe(engines.cassandra, credentials)
        case Engine.POSTGRES:
            return PostgresProbe(engines.postgres, credentials)
        case Engine.OBJECT_STORAGE:
            return ObjectStorageProbe(engines.object_storage, credentials)


class SharedProbe:
    """A probe, what it last found, and since when."""

    def __init__(self, engine: Engine, probe: Probe, clock: Clock) -> None:
        self.engine = engine
        self.probe = probe
        self.health: Health | None = None
        self.since = clock.monotonic()  # when it turned good or bad
        self._clock = clock

    async def run(self) -> None:
        """Probe for ever."""
        while True:
            await self.once()
            await asyncio.sleep(INTERVAL_SECONDS[self.engine])

    async def once(self) -> None:
        """Probe once and remember."""
        health = await self.probe.probe()
        now = self._clock.monotonic()
        if self.health is None or self.health.good != health.good:
            self.since = now
        self.health = health


class ProbePool:
    """Every shared probe of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shared: dict[PoolKey, SharedProbe] = {}
        self._tasks: dict[PoolKey, asyncio.Task[None]] = {}
        self._wanted: dict[str, frozenset[PoolKey]] = {}

    async def use(self, owner: str, targets: Mapping[Engine, Target]) -> dict[Engine, SharedProbe]:
        """Return the probes of a platform's targets; those that nobody uses any more are closed."""
        self._wanted[owner] = frozenset(target.key for target in targets.values())
        await self._close_unused()
        return {engine: self._get(target) for engine, target in targets.items()}

    async def release(self, owner: str) -> None:
        """A platform is gone."""
        self._wanted.pop(owner, None)
        await self._close_unused()

    def _get(self, target: Target) -> SharedProbe:
        key = target.key
        if key not in self._shared:
            self._shared[key] = SharedProbe(target.engine, build_probe(target), self._clock)
            self._tasks[key] = asyncio.create_task(self._shared[key].run(), name=f"probe-{target.engine}")
        return self._shared[key]

    async def _close_unused(self) -> None:
        used = frozenset().union(*self._wanted.values())
        for key in self._shared.keys() - used:
            self._tasks.pop(key).cancel()
            await self._shared.pop(key).probe.close()
