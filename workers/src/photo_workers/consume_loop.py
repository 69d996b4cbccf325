"""The loop of every consumer: poll a batch, handle it, forward retries and dead letters, commit.

Run by `main` for the chosen worker. An offset is committed only after the effect is stored or the message is in the
retry or dead-letter topic, so a crash repeats messages and loses none; handlers are idempotent. The loop decides
nothing about messages: the handler and `outcomes` do.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from photo_core.clock import Clock
from photo_core.errors import EngineUnavailable
from photo_core.messages.topics import dead_letter_topic, retry_topic
from photo_core.ports.events import EventConsumer, EventPublisher, IncomingMessage, OutgoingMessage
from photo_core.telemetry.health import Heartbeat
from photo_core.telemetry.metrics import MESSAGES_HANDLED, WORKER_BUSY, WORKER_IN_FLIGHT
from photo_workers.outcomes import (
    Dead,
    Outcome,
    Place,
    Retry,
    Settled,
    Unavailable,
    attempts_of,
    bounded,
    build_dead_letter,
    build_retry,
    committable,
    hold_delay,
    place,
)

LOG = structlog.get_logger(__name__)
CHUNK_SECONDS = 5.0  # far below the grace period of a pod, far above the cost of a commit
# smallest chunk, so that handlers keep working concurrently and in bulk even on a slow engine
LEAST_CHUNK, LEAST_PART = 8, 8

# returns one outcome per message, in order; may raise EngineUnavailable for all of them
Handler = Callable[[Sequence[IncomingMessage]], Awaitable[Sequence[Outcome]]]


def chunk_size(messages: int, seconds: float, batch_limit: int) -> int:
    """Return the next chunk's number of messages, from the time of the last one, so that a drain ends in time."""
    least = max(LEAST_CHUNK, batch_limit // LEAST_PART)
    fitting = int(messages * CHUNK_SECONDS / seconds) if seconds > 0 else batch_limit
    return min(batch_limit, max(least, fitting))


@dataclass(frozen=True)
class ConsumeLoop:
    """One consumer with its handler; `run` returns when the consumer drains."""

    consumer: EventConsumer
    publisher: EventPublisher
    handler: Handler
    clock: Clock
    heartbeat: Heartbeat

    async def run(self, batch_limit: int) -> None:
        """Consume until asked to drain; the current chunk is finished first unless an engine is down."""
        size = batch_limit
        async for batch in self.consumer.batches(batch_limit):
            self.heartbeat.beat()
            size = await self._handle_batch(batch, size, batch_limit)

    async def _handle_batch(self, batch: Sequence[IncomingMessage], size: int, limit: int) -> int:
        """Finish a batch in chunks and return the next chunk size; messages left by a drain are delivered again."""
        in_flight = WORKER_IN_FLIGHT.labels(self.consumer.group)
        while batch:
            in_flight.set(len(batch))
            chunk, batch = batch[:size], batch[size:]
            began = self.clock.monotonic()
            await self._finish_chunk(chunk)
            size = chunk_size(len(chunk), self.clock.monotonic() - began, limit)
            if batch and not await self._hold(0):
                break
        in_flight.set(0)
        return size

    async def _finish_chunk(self, batch: Sequence[IncomingMessage]) -> None:
        settled: dict[Place, Settled] = {}
        failures = 0
        while True:
            waiting_for = await self._attempt(batch, settled)
            if waiting_for is None:
                await self.consumer.commit(batch)
                return
            LOG.warning(
                "waiting for an engine", engine=waiting_for.engine, detail=waiting_for.detail, failures=failures
            )
            if not await self._hold(hold_delay(failures)):
                await self.consumer.commit(committable(batch, settled))
                return
            failures += 1

    async def _attempt(self, batch: Sequence[IncomingMessage], settled: dict[Place, Settled]) -> Unavailable | None:
        """Handle the unsettled messages once; return the engine that the rest waits for, or None."""
        began = self.clock.monotonic()
        pending = [message for message in batch if place(message) not in settled]
        outcomes = await self._handle(pending)
        final = {
            place(message): bounded(outcome, attempts_of(message))
            for message, outcome in zip(pending, outcomes, strict=True)
            if not isinstance(outcome, Unavailable)
        }
        try:
            await self.publisher.publish(self._forwarded(pending, final))
        except EngineUnavailable as unavailable:
            return Unavailable(unavailable.engine, unavailable.detail)
        self._count(final)
        if final:
            WORKER_BUSY.labels(self.consumer.group).inc(self.clock.monotonic() - began)
        settled.update(final)
        return next((outcome for outcome in outcomes if isinstance(outcome, Unavailable)), None)

    async def _handle(self, pending: Sequence[IncomingMessage]) -> Sequence[Outcome]:
        try:
            return await self.handler(pending)
        except EngineUnavailable as unavailable:
            return [Unavailable(unavailable.engine, unavailable.detail)] * len(pending)
        except Exception as error:
            LOG.exception("handler failed", messages=len(pending))
            return await self._isolate(pending, error)

    async def _isolate(self, pending: Sequence[IncomingMessage], error: Exception) -> list[Outcome]:
        """Handle messages one by one, so that one that makes the handler fail does not affect the others."""
        if len(pending) == 1:
            return [Retry(_reason(error))]
        return [outcome for message in pending for outcome in await self._handle([message])]

    def _forwarded(self, pending: Sequence[IncomingMessage], final: dict[Place, Settled]) -> list[OutgoingMessage]:
        topic, group, now_ms = self.consumer.topic, self.consumer.group, self.clock.now_ms()
        forwarded = []
        for message in pending:
            match final.get(place(message)):
                case Retry() as retry:
                    forwarded.append(build_retry(message, retry, retry_topic(topic, group), now_ms))
                case Dead() as dead:
                    LOG.error("dead letter", place=place(message), key=message.key, reason=dead.reason)
                    forwarded.append(build_dead_letter(message, dead, dead_letter_topic(topic, group)))
                case _:
                    pass
        return forwarded

    def _count(self, final: dict[Place, Settled]) -> None:
        for outcome in final.values():
            MESSAGES_HANDLED.labels(group=self.consumer.group, outcome=type(outcome).__name__.lower()).inc()

    async def _hold(self, seconds: float) -> bool:
        """Stay in the group while an engine is down; return False if asked to drain in the meantime."""
        self.heartbeat.beat()
        draining = await self.consumer.hold(seconds)
        return not draining


def _reason(error: BaseException) -> str:
    """Name the error that a task group wraps."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
