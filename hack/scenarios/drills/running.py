"""Runs a drill: creates its cause under load, waits for mitigation, undoes the cause and waits for the end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hack.scenarios.cluster import DeadlineExceeded, Json
from hack.scenarios.drills.load import background_load
from hack.scenarios.drills.model import Drill, DrillContext, DrillRun
from photo_operator.crds.execution import Phase
from photo_operator.runbooks.journal import ENDED

POLL_SECONDS = 0.5
QUIET_SECONDS = 300  # for what an earlier drill left running
MITIGATED = ENDED | {Phase.MITIGATED, Phase.RECOVERING, Phase.VERIFYING_RECOVERY}
Found = TypeVar("Found")


async def run_drill(context: DrillContext, drill: Drill) -> DrillRun:
    """Run a drill on a healthy platform.

    Raises:
        DeadlineExceeded: the runbook did not start, mitigate or end in time; the text says which.
    """
    await wait_for_async("no runbook runs", lambda: is_quiet(context), QUIET_SECONDS)
    known = {execution["metadata"]["name"] for execution in await _executions(context, drill.runbook)}
    async with background_load(context) as load:
        began = time.monotonic()
        async with drill.cause(context):
            name = await wait_for_async(
                f"{drill.runbook} starts", lambda: _new(context, drill, known), drill.detected_within
            )
            detected = time.monotonic() - began
            await wait_for_async(
                "the incident is mitigated",
                lambda: _in(context, drill, name, MITIGATED),
                drill.mitigated_within,
            )
            mitigated = time.monotonic() - began
            findings = [finding async for finding in drill.verify(context)] if drill.verify else []
        undone_at = time.monotonic()
        ended = await wait_for_async("the execution ends", lambda: _in(context, drill, name, ENDED), drill.ended_within)
        recovered = time.monotonic() - undone_at
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


async def _executions(context: DrillContext, runbook: str | None = None) -> list[Json]:
    found = await asyncio.to_thread(context.cluster.custom, "runbookexecutions")
    return [execution for execution in found if runbook in (None, execution["spec"]["runbook"])]


async def is_quiet(context: DrillContext) -> bool:
    """Return whether the platform is healthy and no runbook runs."""
    running = [found for found in await _executions(context) if found.get("status", {}).get("phase") not in ENDED]
    return not running and await asyncio.to_thread(context.cluster.is_healthy)


async def _new(context: DrillContext, drill: Drill, known: set[str]) -> str | None:
    names = {found["metadata"]["name"] for found in await _executions(context, drill.runbook)} - known
    return next(iter(sorted(names)), None)


async def _in(context: DrillContext, drill: Drill, name: str, phases: frozenset[Phase]) -> Json | None:
    found = {execution["metadata"]["name"]: execution for execution in await _executions(context, drill.runbook)}
    return found[name] if found[name].get("status", {}).get("phase") in phases else None


async def wait_for_async(what: str, look: Callable[[], Awaitable[Found | None]], seconds: float) -> Found:
    """Call `look` until it returns something true, and return that.

    Raises:
        DeadlineExceeded: that did not happen within `seconds`.
    """
    end = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > end:
            raise DeadlineExceeded(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(POLL_SECONDS)
    return found
