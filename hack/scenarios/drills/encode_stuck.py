"""EncodeStuck: encoders hang while they process photographs; others take these over and finish them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from hack.scenarios.drills.model import Drill, DrillContext

UPLOADS = 3


@asynccontextmanager
async def encoder_hangs(context: DrillContext) -> AsyncIterator[None]:
    """Suspend the encoders and upload photographs; when the block ends, wait until these are ready."""
    owner = context.people.author
    pods = await asyncio.to_thread(context.cluster.component, "image-encode")
    await asyncio.to_thread(context.signals.send, pods, signal.SIGSTOP)
    try:
        media = [await context.api.upload(owner, context.photograph) for _ in range(UPLOADS)]
        yield
    finally:
        with suppress(AssertionError):  # the kubelet may have replaced them
            await asyncio.to_thread(context.signals.send, pods, signal.SIGCONT)
    for media_id in media:
        ended = await context.api.media_when_final(owner, media_id)
        if ended["state"] != "READY":
            raise AssertionError(f"an accepted upload was lost: {ended}")


DRILL = Drill("EncodeStuck", encoder_hangs, detected_within=150, mitigated_within=300, ended_within=240)
