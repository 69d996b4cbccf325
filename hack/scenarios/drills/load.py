"""A small load of reads and posts during a drill, with counts of the responses. Used by `running`, `fault_matrix`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import httpx

from hack.scenarios.api import Person
from hack.scenarios.cluster import Json
from hack.scenarios.drills.model import DrillContext, LoadCounts

READ_EVERY, POST_EVERY = 0.25, 1.0  # seconds

Answer = httpx.Response | None


@asynccontextmanager
async def background_load(context: DrillContext) -> AsyncIterator[LoadCounts]:
    """Let viewers read and the author post while the block lasts."""
    load = LoadCounts()
    tasks = [asyncio.create_task(_read(context, viewer, load)) for viewer in context.people.viewers]
    tasks.append(asyncio.create_task(_post(context, load)))
    try:
        yield load
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(context: DrillContext, viewer: Person, load: LoadCounts) -> None:
    while True:
        load.reads += 1
        await _count_call(context, load, "GET", "/v1/feed", viewer)
        await asyncio.sleep(READ_EVERY)


async def _post(context: DrillContext, load: LoadCounts) -> None:
    people = context.people
    for number in count():
        load.posts += 1
        body = {"media_ids": [people.media_id], "caption": f"drill {number}"}
        answer = await _count_call(context, load, "POST", "/v1/posts", people.author, json=body)
        if answer is not None:
            load.acknowledged.append(answer.json()["post_id"])
        await asyncio.sleep(POST_EVERY)


async def _count_call(
    context: DrillContext, load: LoadCounts, method: str, path: str, person: Person, **options: Json
) -> Answer:
    """Make a call and count its result; return the response if it is a success."""
    try:
        answer = await context.api.call(method, path, person, **options)
    except httpx.HTTPError as error:
        load.failed.append(f"{method} {path}: {error!r}")
        return None
    if answer.status_code in (429, 503) and "retry-after" in answer.headers:
        load.refused += 1
    elif answer.is_error:
        load.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
    return answer if answer.is_success else None
