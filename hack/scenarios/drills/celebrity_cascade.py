"""CelebrityCascade: an author just below the celebrity threshold posts without a pause, until posting is limited."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from hack.scenarios.api import Person
from hack.scenarios.drills.model import Drill, DrillContext
from hack.scenarios.people import seed_followers

FOLLOWERS = 390  # the sample's celebrityThreshold is 400
CONCURRENCY = 6
ATTEMPTS = 60


@asynccontextmanager
async def one_author_posts_a_lot(context: DrillContext) -> AsyncIterator[None]:
    """Post from one author as fast as the API responds while the block lasts."""
    author = context.people.viewers[0]
    await asyncio.to_thread(seed_followers, context.cluster, author, FOLLOWERS)
    media_id = await context.api.ready_media(author, context.photograph)
    posting = [asyncio.create_task(_keep_posting(context, author, media_id)) for _ in range(CONCURRENCY)]
    try:
        yield
    finally:
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)


async def _keep_posting(context: DrillContext, author: Person, media_id: str) -> None:
    body = {"media_ids": [media_id], "caption": "again"}
    while True:
        try:
            answer = await context.api.call("POST", "/v1/posts", author, json=body)
        except httpx.HTTPError:
            continue
        if answer.is_error:
            await asyncio.sleep(0.5)


async def posting_is_limited(context: DrillContext) -> AsyncIterator[str]:
    """Yield a finding unless the author gets a 429 with Retry-After."""
    author = context.people.viewers[0]
    for _ in range(ATTEMPTS):
        answer = await context.api.call("POST", "/v1/posts", author, json={"media_ids": ["1"], "caption": "refused"})
        if answer.status_code == 429 and "retry-after" in answer.headers:
            return
        await asyncio.sleep(0.1)
    yield f"the author's posts are answered with {answer.status_code}"


DRILL = Drill("CelebrityCascade", one_author_posts_a_lot, posting_is_limited, mitigated_within=260, ended_within=400)
