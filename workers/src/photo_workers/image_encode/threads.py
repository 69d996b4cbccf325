"""Runs calls of libvips in daemon threads: libvips cannot be stopped, and the process must be able to end without it.

Used by the handler for every call of libvips. Calls of engines have time limits of their own and use asyncio's threads,
which a process waits for at its end.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class RunInThread(Protocol):
    """Runs a blocking call in a thread."""

    async def __call__(self, call: Callable[[], Result], /) -> Result:
        """Return what the call returns."""
        ...


async def run_in_thread(call: Callable[[], Result]) -> Result:
    """Return what a call returns; if the caller gives up, the thread runs on until the process ends at the latest."""
    outcome: Future[Result] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001 - passed on to the caller
            outcome.set_exception(error)

    threading.Thread(target=run, name="libvips", daemon=True).start()
    return await asyncio.wrap_future(outcome)
