import asyncio

import pytest

from photo_app.background import running
from photo_app.lifecycle import Lifecycle
from photo_app.main import drained


async def test_a_drain_waits_for_requests_under_way() -> None:
    lifecycle = Lifecycle()
    lifecycle.request_begun()
    lifecycle.begin_drain()
    drain = asyncio.create_task(drained(lifecycle, forget_seconds=0, finish_seconds=60))
    done, _ = await asyncio.wait({drain}, timeout=0.05)
    assert not done
    lifecycle.request_ended()
    await asyncio.wait_for(drain, 5)


async def test_a_drain_ends_although_a_request_hangs() -> None:
    lifecycle = Lifecycle()
    lifecycle.request_begun()
    lifecycle.begin_drain()
    await asyncio.wait_for(drained(lifecycle, forget_seconds=0, finish_seconds=0.01), 5)


async def test_what_runs_beside_the_requests_ends_with_them() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running((forever(),)):
        await asyncio.wait_for(begun.wait(), 5)
    assert ended.is_set()


async def test_what_fails_beside_the_requests_ends_the_process() -> None:
    async def failing() -> None:
        raise ValueError("a mistake")

    with pytest.raises(ExceptionGroup):
        async with running((failing(),)):
            await asyncio.Event().wait()
