"""The outermost loop of a background task. Called by samplers and probes, which say what one round does."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)


def _only_logged(_: Exception) -> None:
    """Do nothing besides logging."""


async def repeat(
    once: Callable[[], Awaitable[None]],
    pause_seconds: float,
    failed: Callable[[Exception], None] = _only_logged,
) -> None:
    """Call `once` with pauses until the task is cancelled; an exception is logged and handed to `failed`."""
    while True:
        try:
            await once()
        except Exception as error:
            log.exception("background round failed")
            failed(error)
        await asyncio.sleep(pause_seconds)
