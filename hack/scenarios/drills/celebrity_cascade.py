"""CelebrityCascade: an author just below the threshold posts without a pause; the account is slowed down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from hack.scenarios.api import Person
from hack.scenarios.drills.model import Drill, Field
from hack.scenarios.people import seed_followers

FOLLOWERS = 390  # the sample pulls authors from 400 on
AT_ONCE = 6
TRIES = 60


@asynccontextmanager
async def one_author_posts_a_lot(field: Field) -> AsyncIterator[None]:
    """Let one author post as fast as the API answers while the block lasts."""
    author = field.stage.viewers[0]
    await asyncio.to_thread(seed_followers, field.cluster, author, FOLLOWERS)
    media_id = await field.api.ready_media(author, field.photograph)
    posting = [asyncio.create_task(_post_for_ever(field, author, media_id)) for _ in range(AT_ONCE)]
    try:
        yield
    finally:
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)


async def _post_for_ever(field: Field, author: Person, media_id: str) -> None:
    body = {"media_ids": [media_id], "caption": "again"}
    while True:
        try:
            answer = await field.api.call("POST", "/v1/posts", author, json=body)
        except httpx.HTTPError:
            continue
        if answer.is_error:
            await asyncio.sleep(0.5)


async def posting_is_limited(field: Field) -> AsyncIterator[str]:
    """Yield a finding where the author is not refused with a time to come back."""
    author = field.stage.viewers[0]
    for _ in range(TRIES):
        answer = await field.api.call("POST", "/v1/posts", author, json={"media_ids": ["1"], "caption": "refused"})
        if answer.status_code == 429 and "retry-after" in answer.headers:
            return
        await asyncio.sleep(0.1)
    yield f"the author's posts are answered with {answer.status_code}"


DRILL = Drill("CelebrityCascade", one_author_posts_a_lot, posting_is_limited, mitigated_within=260, ended_within=400)
