"""FanoutBacklog: thousands of follower ranges come at once while the workers hang; new workers drain them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from hack.scenarios.cluster import PHOTOS
from hack.scenarios.drills.model import Drill, Field
from hack.scenarios.people import FIRST_BULK_ID

MESSAGES, FOLLOWERS = 4_000, 400
# runs in a pod of the planner, which may write the topic
FLOOD = """
import asyncio, sys
from photo_core.messages.events import FanoutRange, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.engines.kafka import kafka_settings
from photo_core.settings import process_source
from photo_core.streams.publisher import open_publisher

post_id, author_id, created_at_ms, first, messages, followers = map(int, sys.argv[1:])

async def flood():
    wanted = tuple(range(first, first + followers))
    value = encode(FanoutRange(post_id, author_id, created_at_ms, wanted, False))
    async with open_publisher(kafka_settings(process_source()), "drill") as publisher:
        for start in range(0, messages, 500):
            keys = range(start, min(start + 500, messages))
            await publisher.publish([OutgoingMessage(Topic.FEED_FANOUT, f"drill:{key}", value) for key in keys])
    print("flooded")

asyncio.run(flood())
"""


@asynccontextmanager
async def workers_hang_in_a_flood(field: Field) -> AsyncIterator[None]:
    """Stop the fan-out workers and send them a flood; they go on when the block ends."""
    post = await field.api.post(field.stage.author, field.stage.media_id, "before the flood")
    pods = await asyncio.to_thread(field.cluster.component, "fanout")
    await asyncio.to_thread(field.signals.send, pods, signal.SIGSTOP)
    try:
        await asyncio.to_thread(_flood, field, post["post_id"])
        yield
    finally:
        with suppress(AssertionError):  # the kubelet may have replaced them
            await asyncio.to_thread(field.signals.send, pods, signal.SIGCONT)


def _flood(field: Field, post_id: str) -> None:
    planner = field.cluster.component("fanout-planner")[0].name
    now_ms = str(field.now_ms())
    numbers = [post_id, field.stage.author.user_id, now_ms, str(FIRST_BULK_ID), str(MESSAGES), str(FOLLOWERS)]
    printed = field.cluster.run(PHOTOS, planner, ["python3", "-c", FLOOD, *numbers])
    if "flooded" not in printed:
        raise AssertionError(printed)


DRILL = Drill("FanoutBacklog", workers_hang_in_a_flood, detected_within=150, mitigated_within=400, ended_within=400)
