"""ObjectStoreDown: the store's only pod is gone. Uploads are refused with Retry-After; feeds and posts still work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hack.scenarios.drills.model import Drill, DrillContext

POLICY_SECONDS = 5.0  # until the API's pods follow a new runtime policy


@asynccontextmanager
async def store_away(context: DrillContext) -> AsyncIterator[None]:
    """Scale the store to 0 while the block lasts."""
    pods = await asyncio.to_thread(context.cluster.engine, "s3")
    await asyncio.to_thread(context.cluster.scale_engine, "s3", 0)
    try:
        yield
    finally:
        await asyncio.to_thread(context.cluster.scale_engine, "s3", len(pods))
        await asyncio.to_thread(context.cluster.wait_engine_ready, "s3", len(pods), 90)


async def uploads_are_refused(context: DrillContext) -> AsyncIterator[str]:
    """Yield a finding unless a new upload gets a 503 with Retry-After."""
    wanted = {"content_type": "image/jpeg", "size_bytes": 1000}
    async with asyncio.timeout(POLICY_SECONDS):
        while True:
            answer = await context.api.call("POST", "/v1/media/upload/init", context.people.author, json=wanted)
            if answer.status_code != 201:
                break
            await asyncio.sleep(0.2)
    if answer.status_code != 503 or "retry-after" not in answer.headers or "uploads-paused" not in answer.text:
        yield f"an upload is answered with {answer.status_code} {answer.text[:100]}"


DRILL = Drill("ObjectStoreDown", store_away, uploads_are_refused, detected_within=60, mitigated_within=90)
