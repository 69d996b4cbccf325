"""Publishes messages to Kafka while the next ones are being built. Used by the planner's handler."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from photo_core.ports.events import EventPublisher, OutgoingMessage

Produce = Callable[[OutgoingMessage], Awaitable[None]]
UNACKNOWLEDGED = 40  # messages; one more waits for the oldest


@asynccontextmanager
async def pipelined(publisher: EventPublisher) -> AsyncIterator[Produce]:
    """Yield a function that publishes without waiting; the block ends once every message is acknowledged.

    Raises:
        EngineUnavailable: at least one message was not acknowledged; others may have been.
    """
    under_way: deque[asyncio.Task[None]] = deque()

    async def produce(message: OutgoingMessage) -> None:
        if len(under_way) >= UNACKNOWLEDGED:
            await under_way.popleft()
        under_way.append(asyncio.create_task(publisher.publish([message])))

    try:
        yield produce
    finally:
        outcomes = await asyncio.gather(*under_way, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    if failures:
        raise failures[0]
