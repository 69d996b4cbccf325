"""One engine's pod is killed while a user posts: every acknowledged post reaches the followers in the end.

Used by tests/e2e. A refused post is allowed (the user sees an error); a lost one is not.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import ENGINES, Cluster
from hack.scenarios.redis_loss import Stage


@dataclass
class Posting:
    """What became of the posts that were tried."""

    acknowledged: list[str] = field(default_factory=list)
    refused: int = 0


@dataclass(frozen=True)
class EngineLoss:
    """What was measured; times are seconds."""

    posting: Posting
    ready_after: float
    lost: list[str]
    delivered_after: float


async def _post_for_ever(api: PhotoApi, stage: Stage, posting: Posting) -> None:
    while True:
        answer = None
        with suppress(httpx.HTTPError):
            answer = await api.call(
                "POST", "/v1/posts", stage.author, json={"media_ids": [stage.media_id], "caption": "through the storm"}
            )
        if answer is not None and answer.status_code == 201:
            posting.acknowledged.append(answer.json()["post_id"])
        else:
            posting.refused += 1
        await asyncio.sleep(0.2)


async def _wait_delivered(api: PhotoApi, stage: Stage, expected: set[str], deadline: float) -> list[str]:
    end = time.monotonic() + deadline
    while True:
        missing = expected
        with suppress(httpx.HTTPError):
            feeds = [set(await api.whole_feed(viewer)) for viewer in stage.viewers]
            missing = {post_id for feed in feeds for post_id in expected - feed}
        if not missing or time.monotonic() > end:
            return sorted(missing)
        await asyncio.sleep(0.5)


async def lose_engine(api: PhotoApi, cluster: Cluster, stage: Stage, engine: str) -> EngineLoss:
    """Kill an engine's pods while posting, wait until it is back, and look for every acknowledged post."""
    posting = Posting()
    poster = asyncio.create_task(_post_for_ever(api, stage, posting))
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
    began = time.monotonic()
    lost = await _wait_delivered(api, stage, set(posting.acknowledged), 90)
    return EngineLoss(posting, ready_after, lost, time.monotonic() - began)
