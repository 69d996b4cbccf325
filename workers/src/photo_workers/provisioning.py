"""Provision the engines that the platform may provision, and look whether the others are; wait for who is starting.

Called by `photo-workers provision`, which the operator runs as a Job before a roll-out. What is made in an engine
stands beside its store, in `provision`; this module waits and reports.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import structlog

from photo_core.clock import Clock
from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.kafka import kafka_settings
from photo_core.engines.object_storage import object_storage_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.mounted import InvalidSettings
from photo_core.settings import Source, Variable
from photo_workers.outcomes import hold_delay

LOG = structlog.get_logger(__name__)
DEADLINE_SECONDS = 300.0
TOLD = 1  # names of what is missing; a pod's last words are short


@dataclass(frozen=True)
class Provisioner:
    """Where an engine's `async provision(settings)` and `missing(settings)` stand, and what they are given."""

    module: str
    settings: Callable[[Source], object]


PROVISIONERS: dict[Engine, Provisioner] = {
    Engine.POSTGRES: Provisioner("photo_core.stores.postgres.provision", postgres_settings),
    Engine.CASSANDRA: Provisioner("photo_core.stores.cassandra.provision", cassandra_settings),
    Engine.KAFKA: Provisioner("photo_core.streams.provision", kafka_settings),
    Engine.OBJECT_STORAGE: Provisioner("photo_core.stores.s3.provision", object_storage_settings),
}


def wanted_engines(source: Source) -> list[Engine]:
    """Return the engines to provision.

    Raises:
        InvalidSettings: one is not known, or needs no provisioning.
    """
    names = [name.strip() for name in source.text(Variable.PROVISION, "").split(",") if name.strip()]
    unknown = [name for name in names if name not in PROVISIONERS]
    if unknown:
        known = ", ".join(PROVISIONERS)
        raise InvalidSettings(f"{Variable.PROVISION} names {', '.join(unknown)}; engines to provision are {known}")
    return [Engine(name) for name in names]


async def provision_all(source: Source, clock: Clock) -> list[str]:
    """Provision every wanted engine, look at the others, and return a sentence for each that will not do."""
    wanted = wanted_engines(source)
    work = {engine: partial(_provision if engine in wanted else _look, engine, source) for engine in PROVISIONERS}
    results = await asyncio.gather(*(_waited_for(engine, done, clock) for engine, done in work.items()))
    return [sentence for sentence in results if sentence is not None]


async def _provision(engine: Engine, source: Source) -> str | None:
    provisioner = PROVISIONERS[engine]
    await import_module(provisioner.module).provision(provisioner.settings(source))
    LOG.info("provisioned", engine=engine)
    return None


async def _look(engine: Engine, source: Source) -> str | None:
    provisioner = PROVISIONERS[engine]
    return describe(engine, await import_module(provisioner.module).missing(provisioner.settings(source)))


def describe(engine: Engine, missing: tuple[str, ...]) -> str | None:
    """Return what to do about what is missing in an engine that is another's to prepare; None where nothing is."""
    if not missing:
        return None
    more = f" and {len(missing) - TOLD} more" if len(missing) > TOLD else ""
    told = f"{', '.join(missing[:TOLD])}{more}"
    return f"{engine} lacks {told}: make them, or set spec.engines.{engine}.provision to true"


async def _waited_for(engine: Engine, work: Callable[[], Awaitable[str | None]], clock: Clock) -> str | None:
    until = clock.monotonic() + DEADLINE_SECONDS
    attempt = 0
    while True:
        try:
            return await work()
        except EngineUnavailable as unavailable:
            if clock.monotonic() > until:
                return f"{engine} could not be provisioned within {DEADLINE_SECONDS:.0f} s: {unavailable.detail}"
            LOG.info("waiting for an engine", engine=engine, attempt=attempt, detail=unavailable.detail)
            await asyncio.sleep(hold_delay(attempt))
            attempt += 1
