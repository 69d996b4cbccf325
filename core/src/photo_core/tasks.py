"""What asyncio lacks for tasks that several callers wait for. Used by stores and by feeds.

It starts no task and cancels none.
"""

import asyncio
from typing import Any


def mark_exception_retrieved(task: asyncio.Task[Any]) -> None:
    """Keep asyncio from reporting a failure as never retrieved, even if every caller has given up: a done callback."""
    if not task.cancelled():
        task.exception()
