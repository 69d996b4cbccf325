"""Blocking work in threads that nobody waits for at the end of the process: libvips cannot be told to stop.

Used by the handler for all that libvips does. What waits for an engine has its own time limits and stays with asyncio's
threads, which a process does wait for.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class RunInThread(Protocol):
    """How a call is made that blocks."""

    async def __call__(self, call: Callable[[], Result], /) -> Result:
        """Return what the call returns."""
        ...


async def run_in_thread(call: Callable[[], Result]) -> Result:
    """Return what a call returns; given up, its thread runs on and ends with the process at the latest."""
    outcome: Future[Result] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            outcome.set_exception(error)

    threading.Thread(target=run, name="libvips", daemon=True).start()
    return await asyncio.wrap_future(outcome)
