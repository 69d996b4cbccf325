"""FanoutBacklog: thousands of follower ranges arrive at once while the workers hang; new workers process them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from hack.scenarios.cluster import PHOTOS
from hack.scenarios.drills.model import Drill, DrillContext
from hack.scenarios.people import FIRST_BULK_ID

MESSAGES, FOLLOWERS = 4_000, 400
# Runs in a pod of the planner, which has the right to write to the topic.
PUBLISH = """
import asyncio, sys
from photo_core.messages.events import FanoutRange, encode
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.engines.kafka import kafka_settings
from photo_core.settings import process_source
from photo_core.streams.publisher import open_publisher

post_id, author_id, created_at_ms, first, messages, followers = map(int, sys.argv[1:])

async def publish_all():
    wanted = tuple(range(first, first + followers))
    value = encode(FanoutRange(post_id, author_id, created_at_ms, wanted, False))
    async with open_publisher(kafka_settings(process_source()), "drill") as publisher:
        for start in range(0, messages, 500):
            keys = range(start, min(start + 500, messages))
            await publisher.publish([OutgoingMessage(Topic.FEED_FANOUT, f"drill:{key}", value) for key in keys])
    print("published")

asyncio.run(publish_all())
"""


@asynccontextmanager
async def workers_hang_with_a_backlog(context: DrillContext) -> AsyncIterator[None]:
    """Suspend the fan-out workers and publish many messages; resume the workers when the block ends."""
    post = await context.api.post(context.people.author, context.people.media_id, "before the backlog")
    pods = await asyncio.to_thread(context.cluster.component, "fanout")
    await asyncio.to_thread(context.signals.send, pods, signal.SIGSTOP)
    try:
        await asyncio.to_thread(_publish_backlog, context, post["post_id"])
        yield
    finally:
        with suppress(AssertionError):  # the kubelet may have replaced them
            await asyncio.to_thread(context.signals.send, pods, signal.SIGCONT)


def _publish_backlog(context: DrillContext, post_id: str) -> None:
    planner = context.cluster.component("fanout-planner")[0].name
    now_ms = str(context.now_ms())
    numbers = [post_id, context.people.author.user_id, now_ms, str(FIRST_BULK_ID), str(MESSAGES), str(FOLLOWERS)]
    printed = context.cluster.run(PHOTOS, planner, ["python3", "-c", PUBLISH, *numbers])
    if "published" not in printed:
        raise AssertionError(printed)


DRILL = Drill("FanoutBacklog", workers_hang_with_a_backlog, detected_within=150, mitigated_within=400, ended_within=400)
