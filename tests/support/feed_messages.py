"""Kafka as the model of the feed needs it: every message waits until the test lets a worker have it.

A message stays until a handler has settled it; it can be handed out again, to several at once, early or late. Groups
that count on the order of a partition get it, and repetitions begin at an earlier message, as after a lost commit.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from photo_core.clock import Clock
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import Group, Topic
from photo_core.ports.events import IncomingMessage, OutgoingMessage
from photo_workers.outcomes import Dead, Outcome, Retry, Unavailable

PARTITIONS = 3
Handler = Callable[[Sequence[IncomingMessage]], Awaitable[Sequence[Outcome]]]


@dataclass
class Subscription:
    """What a group still has to handle of a topic; in the order of partitions, `handled` comes before `waiting`."""

    topic: Topic
    ordered: bool = False
    waiting: list[IncomingMessage] = field(default_factory=list)
    handled: list[IncomingMessage] = field(default_factory=list)

    def batch(self, index: int, size: int) -> list[IncomingMessage]:
        """Return some of what waits: anything, or the first of a partition where order counts."""
        if not self.waiting:
            return []
        at = index % len(self.waiting)
        if not self.ordered:
            return self.waiting[at : at + size]
        partition = self.waiting[at].partition
        return [message for message in self.waiting if message.partition == partition][:size]

    def batches(self) -> list[list[IncomingMessage]]:
        """Return all that waits, in batches that may be handed out one after the other."""
        if not self.ordered:
            return [list(self.waiting)] if self.waiting else []
        partitions = sorted({message.partition for message in self.waiting})
        return [[message for message in self.waiting if message.partition == number] for number in partitions]

    def settle(self, message: IncomingMessage) -> None:
        if message in self.waiting:
            self.waiting.remove(message)
            self.handled.append(message)

    def rewind(self, count: int) -> None:
        """Forget the last commits of a partition: what came after them comes again, in order."""
        if not self.handled:
            return
        partition = self.handled[-1].partition
        again = [message for message in self.handled if message.partition == partition][-count:]
        self.handled = [message for message in self.handled if message not in again]
        of_partition = sorted(
            (m for m in (*again, *self.waiting) if m.partition == partition), key=lambda message: message.offset
        )
        self.waiting = [m for m in self.waiting if m.partition != partition] + of_partition


class Tail:
    """An `EventTail` of one process: it hears of everything, in order, until it is told that something is missing."""

    def __init__(self, mail: "Mail", topic: Topic) -> None:
        self._mail = mail
        self._topic = topic

    async def batches(self) -> AsyncGenerator[Sequence[IncomingMessage], None]:
        heard: asyncio.Queue[IncomingMessage | None] = asyncio.Queue()
        self._mail.listen(self._topic, heard)
        yield []
        while message := await heard.get():
            yield [message]
        raise EngineUnavailable(Engine.KAFKA, "taken away by the test")


class Mail:
    """An `EventPublisher`, and the subscriptions that its messages wait in."""

    def __init__(self, clock: Clock, subscriptions: dict[Group, Subscription]) -> None:
        self.available = True
        self.refused = False  # whether a message was turned away
        self.subscriptions = subscriptions
        self._clock = clock
        self._offsets: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._listeners: list[tuple[Topic, asyncio.Queue[IncomingMessage | None]]] = []

    def listen(self, topic: Topic, heard: "asyncio.Queue[IncomingMessage | None]") -> None:
        """Put all that a topic receives from now on into a queue, and None when the line breaks."""
        if not self.available:
            raise EngineUnavailable(Engine.KAFKA, "taken away by the test")
        self._listeners.append((topic, heard))

    def break_lines(self) -> None:
        """Let every listener know that it may have missed something."""
        for _, heard in self._listeners:
            heard.put_nowait(None)
        self._listeners.clear()

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        if not self.available:
            self.refused = True
            raise EngineUnavailable(Engine.KAFKA, "taken away by the test")
        for message in messages:
            self._add(message)

    def publish_soon(self, message: OutgoingMessage, on_acknowledged: Callable[[], None]) -> None:
        if self.available:
            self._add(message)
            on_acknowledged()

    async def handle(self, group: Group, batch: Sequence[IncomingMessage], handler: Handler) -> None:
        """Let a worker handle a batch; what it has settled waits no longer."""
        for message, outcome in zip(batch, await handler(batch), strict=True):
            assert not isinstance(outcome, Dead), outcome
            if not isinstance(outcome, Retry | Unavailable):
                self.subscriptions[group].settle(message)

    def is_empty(self) -> bool:
        return not any(subscription.waiting for subscription in self.subscriptions.values())

    def waiting(self) -> list[tuple[str, bytes]]:
        return [(group, message.value) for group, held in self.subscriptions.items() for message in held.waiting]

    def _add(self, message: OutgoingMessage) -> None:
        partition = crc32(message.key.encode()) % PARTITIONS
        offset = self._offsets[message.topic, partition]
        self._offsets[message.topic, partition] += 1
        incoming = IncomingMessage(
            message.topic,
            partition,
            offset,
            message.key,
            message.value,
            self._clock.now_ms(),
            dict(message.headers),
        )
        for subscription in self.subscriptions.values():
            if subscription.topic == message.topic:
                subscription.waiting.append(incoming)
        for topic, heard in self._listeners:
            if topic == message.topic:
                heard.put_nowait(incoming)
