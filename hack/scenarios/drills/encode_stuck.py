"""EncodeStuck: the encoder hangs with photographs in hand; another one takes them over and ends them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from hack.scenarios.drills.model import Drill, Field

UPLOADS = 3


@asynccontextmanager
async def encoder_hangs(field: Field) -> AsyncIterator[None]:
    """Stop the encoders, upload photographs, and wait for these when the block ends."""
    owner = field.stage.author
    pods = await asyncio.to_thread(field.cluster.component, "image-encode")
    await asyncio.to_thread(field.signals.send, pods, signal.SIGSTOP)
    try:
        media = [await field.api.upload(owner, field.photograph) for _ in range(UPLOADS)]
        yield
    finally:
        with suppress(AssertionError):  # the kubelet may have replaced them
            await asyncio.to_thread(field.signals.send, pods, signal.SIGCONT)
    for media_id in media:
        ended = await field.api.media_when_final(owner, media_id)
        if ended["state"] != "READY":
            raise AssertionError(f"an accepted upload was lost: {ended}")


DRILL = Drill("EncodeStuck", encoder_hangs, detected_within=150, mitigated_within=300, ended_within=240)
