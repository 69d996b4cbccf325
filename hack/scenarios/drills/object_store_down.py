"""ObjectStoreDown: the store's only pod is away. Uploads are refused until a time; feeds and posts go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hack.scenarios.drills.model import Drill, Field

POLICY_SECONDS = 5.0  # until the pods of the API have read what the operator told them


@asynccontextmanager
async def store_away(field: Field) -> AsyncIterator[None]:
    """Take the store's pods away while the block lasts."""
    pods = await asyncio.to_thread(field.cluster.engine, "s3")
    await asyncio.to_thread(field.cluster.scale_engine, "s3", 0)
    try:
        yield
    finally:
        await asyncio.to_thread(field.cluster.scale_engine, "s3", len(pods))
        await asyncio.to_thread(field.cluster.wait_engine_ready, "s3", len(pods), 90)


async def uploads_are_refused(field: Field) -> AsyncIterator[str]:
    """Yield what is wrong with the answer to who begins an upload."""
    wanted = {"content_type": "image/jpeg", "size_bytes": 1000}
    async with asyncio.timeout(POLICY_SECONDS):
        while True:
            answer = await field.api.call("POST", "/v1/media/upload/init", field.stage.author, json=wanted)
            if answer.status_code != 201:
                break
            await asyncio.sleep(0.2)
    if answer.status_code != 503 or "retry-after" not in answer.headers or "uploads-paused" not in answer.text:
        yield f"an upload is answered with {answer.status_code} {answer.text[:100]}"


DRILL = Drill("ObjectStoreDown", store_away, uploads_are_refused, detected_within=60, mitigated_within=90)
