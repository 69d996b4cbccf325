import asyncio
import gc
from typing import Any

from photo_core.tasks import mark_exception_retrieved


async def fail() -> None:
    raise OSError("down")


async def test_a_failure_that_nobody_waits_for_is_not_reported_by_asyncio() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
    task = asyncio.create_task(fail())
    task.add_done_callback(mark_exception_retrieved)
    await asyncio.wait([task])
    del task
    gc.collect()
    assert reported == []


async def test_a_cancelled_task_is_left_as_it_is() -> None:
    task = asyncio.create_task(asyncio.sleep(60))
    task.add_done_callback(mark_exception_retrieved)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
