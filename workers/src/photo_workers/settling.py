"""Turn one-message functions into a handler: in order within a key, several keys at once, errors as outcomes.

Used by the handlers of workers. It commits nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from photo_core.errors import EngineUnavailable, PermanentFailure
from photo_core.ports.events import IncomingMessage
from photo_core.telemetry.tracing import TRACER, incoming_context
from photo_workers.outcomes import Dead, Outcome, Place, Unavailable, place

HandleOne = Callable[[IncomingMessage], Awaitable[Outcome]]


async def settle(batch: Sequence[IncomingMessage], handle_one: HandleOne, concurrency: int) -> list[Outcome]:
    """Handle every message of a batch and return the outcomes in its order.

    Messages of one key are handled one after another; if an engine is down for one, the later ones wait with it.
    At most `concurrency` keys are handled at a time.
    """
    outcomes: dict[Place, Outcome] = {}
    slots = asyncio.Semaphore(concurrency)

    async def settle_key(messages: Sequence[IncomingMessage]) -> None:
        async with slots:
            outcomes.update(await _in_order(messages, handle_one))

    async with asyncio.TaskGroup() as tasks:
        for messages in _by_key(batch):
            tasks.create_task(settle_key(messages))
    return [outcomes[place(message)] for message in batch]


def _by_key(batch: Sequence[IncomingMessage]) -> list[list[IncomingMessage]]:
    groups: dict[str, list[IncomingMessage]] = {}
    for message in batch:
        groups.setdefault(message.key, []).append(message)
    return list(groups.values())


async def _in_order(messages: Sequence[IncomingMessage], handle_one: HandleOne) -> dict[Place, Outcome]:
    outcomes: dict[Place, Outcome] = {}
    blocked: Unavailable | None = None
    for message in messages:
        outcome = blocked or await _one(message, handle_one)
        blocked = outcome if isinstance(outcome, Unavailable) else None
        outcomes[place(message)] = outcome
    return outcomes


async def _one(message: IncomingMessage, handle_one: HandleOne) -> Outcome:
    """Handle one message under its own trace."""
    with TRACER.start_as_current_span(f"handle {message.topic}", context=incoming_context(message.headers)):
        try:
            return await handle_one(message)
        except EngineUnavailable as unavailable:
            return Unavailable(unavailable.engine, unavailable.detail)
        except PermanentFailure as failure:
            return Dead(str(failure))
