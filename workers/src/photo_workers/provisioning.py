"""Provision the engines that the platform may provision, waiting for those that are still starting.

Called by `photo-workers provision`, which the operator runs as a Job before a roll-out. What is made in an engine
stands beside its store, in `provision`; this module waits and reports.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import structlog

from photo_core.clock import Clock
from photo_core.errors import Engine, EngineUnavailable
from photo_core.settings import (
    InvalidSettings,
    Source,
    Variable,
    cassandra_settings,
    kafka_settings,
    object_storage_settings,
    postgres_settings,
)
from photo_workers.outcomes import hold_delay

LOG = structlog.get_logger(__name__)
DEADLINE_SECONDS = 300.0


@dataclass(frozen=True)
class Provisioner:
    """Where an engine's `async provision(settings)` stands, and what it is given."""

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
    """Provision every wanted engine and return a sentence for each that failed."""
    results = await asyncio.gather(*(_provision(engine, source, clock) for engine in wanted_engines(source)))
    return [sentence for sentence in results if sentence is not None]


async def _provision(engine: Engine, source: Source, clock: Clock) -> str | None:
    provisioner = PROVISIONERS[engine]
    provision, settings = import_module(provisioner.module).provision, provisioner.settings(source)
    until = clock.monotonic() + DEADLINE_SECONDS
    attempt = 0
    while True:
        try:
            await provision(settings)
        except EngineUnavailable as unavailable:
            if clock.monotonic() > until:
                return f"{engine} could not be provisioned within {DEADLINE_SECONDS:.0f} s: {unavailable.detail}"
            LOG.info("waiting for an engine", engine=engine, attempt=attempt, detail=unavailable.detail)
            await asyncio.sleep(hold_delay(attempt))
            attempt += 1
        else:
            LOG.info("provisioned", engine=engine)
            return None
