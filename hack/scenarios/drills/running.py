"""Runs a drill: load, cause, wait until the runbook helps, end of the cause, wait for its end. Used by tests/e2e."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import TypeVar

import httpx

from hack.scenarios.api import Person
from hack.scenarios.cluster import Json, TooLate
from hack.scenarios.drills.model import Drill, DrillRun, Field, Load

READ_EVERY, POST_EVERY, LOOK_EVERY = 0.25, 1.0, 0.5
CALM_SECONDS = 300  # what another drill left has to end first
ENDED = frozenset({"Succeeded", "Escalated", "Inconclusive"})
Found = TypeVar("Found")
HELPED = ENDED | {"Mitigated", "Recovering", "VerifyingRecovery"}


async def run_drill(field: Field, drill: Drill) -> DrillRun:
    """Run a drill on a platform that is well.

    Raises:
        TooLate: the runbook did not do its part in time; says how far it was.
    """
    await _until("no runbook is under way", lambda: _calm(field), CALM_SECONDS)
    known = {execution["metadata"]["name"] for execution in await _executions(field, drill.runbook)}
    async with _load(field) as load:
        began = time.monotonic()
        async with drill.cause(field):
            name = await _until(f"{drill.runbook} begins", lambda: _new(field, drill, known), drill.detected_within)
            detected = time.monotonic() - began
            await _until("it helps", lambda: _in(field, drill, name, HELPED), drill.mitigated_within)
            mitigated = time.monotonic() - began
            findings = [finding async for finding in drill.look(field)] if drill.look else []
        undone = time.monotonic()
        ended = await _until("it ends", lambda: _in(field, drill, name, ENDED), drill.ended_within)
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


async def _calm(field: Field) -> bool:
    running = [found for found in await _executions(field) if found.get("status", {}).get("phase") not in ENDED]
    return not running and await asyncio.to_thread(field.cluster.is_well)


async def _new(field: Field, drill: Drill, known: set[str]) -> str | None:
    names = {found["metadata"]["name"] for found in await _executions(field, drill.runbook)} - known
    return next(iter(sorted(names)), None)


async def _in(field: Field, drill: Drill, name: str, phases: frozenset[str]) -> Json | None:
    found = {execution["metadata"]["name"]: execution for execution in await _executions(field, drill.runbook)}
    return found[name] if found[name].get("status", {}).get("phase") in phases else None


async def _until(what: str, look: Callable[[], Awaitable[Found | None]], seconds: float) -> Found:
    end = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > end:
            raise TooLate(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(LOOK_EVERY)
    return found


@asynccontextmanager
async def _load(field: Field) -> AsyncIterator[Load]:
    """Let people read and one of them post while the block lasts."""
    load = Load()
    tasks = [asyncio.create_task(_read(field, viewer, load)) for viewer in field.stage.viewers]
    tasks.append(asyncio.create_task(_post(field, load)))
    try:
        yield load
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(field: Field, viewer: Person, load: Load) -> None:
    while True:
        load.reads += 1
        await _told(field, load, "GET", "/v1/feed", viewer)
        await asyncio.sleep(READ_EVERY)


async def _post(field: Field, load: Load) -> None:
    stage = field.stage
    for number in count():
        load.posts += 1
        body = {"media_ids": [stage.media_id], "caption": f"drill {number}"}
        await _told(field, load, "POST", "/v1/posts", stage.author, json=body)
        await asyncio.sleep(POST_EVERY)


async def _told(field: Field, load: Load, method: str, path: str, person: Person, **options: Json) -> None:
    try:
        answer = await field.api.call(method, path, person, **options)
    except httpx.HTTPError as error:
        load.failed.append(f"{method} {path}: {error!r}")
        return
    if answer.status_code in (429, 503) and "retry-after" in answer.headers:
        load.refused += 1
    elif answer.is_error:
        load.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
