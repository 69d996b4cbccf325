"""Work that hangs in a thread holds up neither who waits for it nor the end of the process."""

import asyncio
import threading
import time

import pytest

from photo_workers.image_encode.threads import run_in_thread


async def test_a_result_and_an_error_are_told() -> None:
    assert await run_in_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await run_in_thread(lambda: 1 // 0)


def test_a_thread_that_hangs_does_not_hold_the_loop_back_from_ending() -> None:
    never = threading.Event()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await run_in_thread(never.wait)

    began = time.monotonic()
    asyncio.run(give_up())
    assert time.monotonic() - began < 5
    never.set()
