"""People who read and post beside a drill, and what became of their requests. Used by `running` and `fault_matrix`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import httpx

from hack.scenarios.api import Person
from hack.scenarios.cluster import Json
from hack.scenarios.drills.model import Field, Load

READ_EVERY, POST_EVERY = 0.25, 1.0  # seconds

Answer = httpx.Response | None


@asynccontextmanager
async def busy(field: Field) -> AsyncIterator[Load]:
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
        answer = await _told(field, load, "POST", "/v1/posts", stage.author, json=body)
        if answer is not None:
            load.acknowledged.append(answer.json()["post_id"])
        await asyncio.sleep(POST_EVERY)


async def _told(field: Field, load: Load, method: str, path: str, person: Person, **options: Json) -> Answer:
    """Make a call and count what came of it; return the answer where it is a good one."""
    try:
        answer = await field.api.call(method, path, person, **options)
    except httpx.HTTPError as error:
        load.failed.append(f"{method} {path}: {error!r}")
        return None
    if answer.status_code in (429, 503) and "retry-after" in answer.headers:
        load.refused += 1
    elif answer.is_error:
        load.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
    return answer if answer.is_success else None
