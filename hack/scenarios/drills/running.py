"""Runs a drill: load, cause, wait until the runbook helps, end of the cause, wait for its end. Used by tests/e2e."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hack.scenarios.cluster import Json, TooLate
from hack.scenarios.drills.load import busy
from hack.scenarios.drills.model import Drill, DrillRun, Field
from photo_operator.crds.execution import Phase
from photo_operator.runbooks.journal import ENDED

LOOK_EVERY = 0.5
CALM_SECONDS = 300  # what another drill left has to end first
HELPED = ENDED | {Phase.MITIGATED, Phase.RECOVERING, Phase.VERIFYING_RECOVERY}
Found = TypeVar("Found")


async def run_drill(field: Field, drill: Drill) -> DrillRun:
    """Run a drill on a platform that is well.

    Raises:
        TooLate: the runbook did not do its part in time; says how far it was.
    """
    await until("no runbook is under way", lambda: is_calm(field), CALM_SECONDS)
    known = {execution["metadata"]["name"] for execution in await _executions(field, drill.runbook)}
    async with busy(field) as load:
        began = time.monotonic()
        async with drill.cause(field):
            name = await until(f"{drill.runbook} begins", lambda: _new(field, drill, known), drill.detected_within)
            detected = time.monotonic() - began
            await until("it helps", lambda: _in(field, drill, name, HELPED), drill.mitigated_within)
            mitigated = time.monotonic() - began
            findings = [finding async for finding in drill.look(field)] if drill.look else []
        undone = time.monotonic()
        ended = await until("it ends", lambda: _in(field, drill, name, ENDED), drill.ended_within)
        recovered = time.monotonic() - undone
    status = ended["status"]
    return DrillRun(
        runbook=drill.runbook,
        detected=detected,
        mitigated=mitigated,
        recovered=recovered,
        phase=status["phase"],
        decisions=len(status.get("journal", ())),
        explanation=status.get("explanation", ""),
        load=load,
        findings=tuple(findings),
    )


async def _executions(field: Field, runbook: str | None = None) -> list[Json]:
    found = await asyncio.to_thread(field.cluster.custom, "runbookexecutions")
    return [execution for execution in found if runbook in (None, execution["spec"]["runbook"])]


async def is_calm(field: Field) -> bool:
    """Whether the platform is well and no runbook is under way."""
    running = [found for found in await _executions(field) if found.get("status", {}).get("phase") not in ENDED]
    return not running and await asyncio.to_thread(field.cluster.is_well)


async def _new(field: Field, drill: Drill, known: set[str]) -> str | None:
    names = {found["metadata"]["name"] for found in await _executions(field, drill.runbook)} - known
    return next(iter(sorted(names)), None)


async def _in(field: Field, drill: Drill, name: str, phases: frozenset[Phase]) -> Json | None:
    found = {execution["metadata"]["name"]: execution for execution in await _executions(field, drill.runbook)}
    return found[name] if found[name].get("status", {}).get("phase") in phases else None


async def until(what: str, look: Callable[[], Awaitable[Found | None]], seconds: float) -> Found:
    """Look until something true is found, and return it.

    Raises:
        TooLate: it was not in so many seconds.
    """
    end = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > end:
            raise TooLate(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(LOOK_EVERY)
    return found
