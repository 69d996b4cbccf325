"""Processes that a test has started and must not leave behind. Used by the integration tests."""

import asyncio
from collections.abc import Sequence


async def end_all(started: Sequence[asyncio.subprocess.Process]) -> None:
    """Kill those that still run, and wait for all."""
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()
