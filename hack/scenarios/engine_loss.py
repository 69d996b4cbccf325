"""Kills the pods of an engine while a user posts, and checks that every acknowledged post reaches the followers.

Used by tests/e2e. A post may be refused, which the user sees as an error; it must not be lost.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import ENGINES, Cluster
from hack.scenarios.redis_loss import Participants


@dataclass
class Posting:
    """The posts that were attempted."""

    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0


@dataclass(frozen=True)
class EngineLoss:
    """Measurements of the scenario. Times are seconds."""

    posting: Posting
    ready_after: float
    lost: list[str]


async def _keep_posting(api: PhotoApi, people: Participants, posting: Posting) -> None:
    while True:
        answer = None
        with suppress(httpx.HTTPError):
            answer = await api.call(
                "POST",
                "/v1/posts",
                people.author,
                json={"media_ids": [people.media_id], "caption": "during the failure"},
            )
        if answer is not None and answer.status_code == 201:
            posting.acknowledged.append(answer.json()["post_id"])
        else:
            posting.refused += 1
        await asyncio.sleep(0.2)


async def _wait_delivered(api: PhotoApi, people: Participants, expected: set[str], deadline: float) -> list[str]:
    end = time.monotonic() + deadline
    while True:
        missing = expected
        with suppress(httpx.HTTPError):
            feeds = [set(await api.whole_feed(viewer)) for viewer in people.viewers]
            missing = {post_id for feed in feeds for post_id in expected - feed}
        if not missing or time.monotonic() > end:
            return sorted(missing)
        await asyncio.sleep(0.5)


async def lose_engine(api: PhotoApi, cluster: Cluster, people: Participants, engine: str) -> EngineLoss:
    """Kill the pods of an engine while posting, wait until they are ready, and look for every acknowledged post."""
    posting = Posting()
    poster = asyncio.create_task(_keep_posting(api, people, posting))
    try:
        await asyncio.sleep(1)
        began = time.monotonic()
        pods = await asyncio.to_thread(cluster.engine, engine)
        await asyncio.to_thread(cluster.kill, ENGINES, pods)
        await asyncio.to_thread(cluster.wait_engine_ready, engine, len(pods), 120)
        ready_after = time.monotonic() - began
        resumed = len(posting.acknowledged)
        async with asyncio.timeout(60):
            while len(posting.acknowledged) < resumed + 5:
                await asyncio.sleep(0.2)
    finally:
        poster.cancel()
        await asyncio.gather(poster, return_exceptions=True)
    lost = await _wait_delivered(api, people, set(posting.acknowledged), 90)
    return EngineLoss(posting, ready_after, lost)
