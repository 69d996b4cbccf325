"""Prepares the engines that the platform may prepare, checks whether the others are prepared, and waits for both.

Called by `photo-workers provision`, which the operator runs as a Job before a roll-out. What is made in an engine
is decided by the module that its contract names; this one waits and reports.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib import import_module

import structlog

from photo_core.clock import Clock
from photo_core.engines.contract import EngineContract, contracts
from photo_core.errors import Engine, EngineUnavailable
from photo_core.mounted import InvalidSettings
from photo_core.settings import Source, Variable
from photo_workers.outcomes import hold_delay

LOG = structlog.get_logger(__name__)
DEADLINE_SECONDS = 300.0
MAX_NAMES = 1  # of what is missing; the last line of a pod's log is short
PROVISIONABLE: Mapping[Engine, EngineContract] = {
    contract.engine: contract for contract in contracts() if contract.provision_module is not None
}


def wanted_engines(source: Source, known: Mapping[Engine, EngineContract] = PROVISIONABLE) -> list[Engine]:
    """Return the engines to prepare.

    Raises:
        InvalidSettings: one is not known, or nothing has to be prepared in it.
    """
    names = [name.strip() for name in source.text(Variable.PROVISION, "").split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InvalidSettings(
            f"{Variable.PROVISION} names {', '.join(unknown)}; engines to provision are {', '.join(known)}"
        )
    return [engine for engine in known if engine in names]


async def provision_all(
    source: Source, clock: Clock, known: Mapping[Engine, EngineContract] = PROVISIONABLE
) -> list[str]:
    """Prepare every wanted engine, check the others that the platform uses, and return a sentence for each problem."""
    wanted = wanted_engines(source, known)
    work = {
        engine: partial(_provision if engine in wanted else _check, contract, source)
        for engine, contract in known.items()
        if engine in wanted or contract.is_mounted(source)
    }
    results = await asyncio.gather(*(_retry_while_unavailable(engine, done, clock) for engine, done in work.items()))
    return [sentence for sentence in results if sentence is not None]


async def _provision(contract: EngineContract, source: Source) -> None:
    await import_module(str(contract.provision_module)).provision(contract.read_settings(source))
    LOG.info("provisioned", engine=contract.engine)


async def _check(contract: EngineContract, source: Source) -> str | None:
    missing = await import_module(str(contract.provision_module)).missing(contract.read_settings(source))
    return describe(contract.engine, missing)


def describe(engine: Engine, missing: tuple[str, ...]) -> str | None:
    """Return what to do about what is missing in an engine that others have to prepare; None where nothing is."""
    if not missing:
        return None
    more = f" and {len(missing) - MAX_NAMES} more" if len(missing) > MAX_NAMES else ""
    named = f"{', '.join(missing[:MAX_NAMES])}{more}"
    return f"{engine} lacks {named}: make them, or set spec.engines.{engine}.provision to true"


async def _retry_while_unavailable(
    engine: Engine, work: Callable[[], Awaitable[str | None]], clock: Clock
) -> str | None:
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
