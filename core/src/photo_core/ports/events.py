"""The way to Kafka."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from photo_core.messages.topics import Group, Topic


class OutgoingMessage(Struct, frozen=True):
    """A message to produce; `topic` without the platform's prefix."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, bytes] = {}


class IncomingMessage(Struct, frozen=True):
    """A consumed message; `topic` without the platform's prefix, may be a retry topic."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    timestamp_ms: int
    headers: Mapping[str, bytes] = {}


NOT_BEFORE_HEADER = "photo-not-before-ms"  # Unix milliseconds as text; a retry-topic message is not delivered earlier


def not_before_ms(message: IncomingMessage) -> int:
    """Return the Unix milliseconds before which a message must not be handled; 0 for at once."""
    text = message.headers.get(NOT_BEFORE_HEADER, b"0")
    return int(text) if text.isdigit() else 0


class EventPublisher(Protocol):
    """Produces with acks=all and idempotence."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return once Kafka has acknowledged every message."""
        ...

    def publish_soon(self, message: OutgoingMessage, on_acknowledged: Callable[[], None]) -> None:
        """Queue a message and return at once; the callback runs on the event loop when Kafka has it.

        Losing the message is safe: the outbox relay finds its record.
        """
        ...


class EventConsumer(Protocol):
    """A member of a consumer group over a topic and its retry topic."""

    topic: Topic
    group: Group

    def batches(self, limit: int) -> AsyncIterator[Sequence[IncomingMessage]]:
        """Yield batches of at most `limit` messages, until the process is told to drain.

        A batch is empty when nothing is due; one comes at least every second, so that the caller's loop turns.
        """
        ...

    async def commit(self, messages: Sequence[IncomingMessage]) -> None:
        """Commit the offsets after these messages: their effects are stored.

        A commit that Kafka refuses is logged, not raised, and made again later. Where the partition goes to another
        member before, the messages come again, which handlers bear.
        """
        ...

    async def hold(self, seconds: float) -> bool:
        """Take nothing for a while and stay a member of the group; nothing is lost.

        Returns at once, and True, when the process is told to drain.
        """
        ...


class EventTail(Protocol):
    """All that a topic receives from now on, for a process that keeps something up to date in memory.

    No group and no offsets: every process reads everything, and what it held before it began is for it to know.
    """

    def batches(self) -> AsyncGenerator[Sequence[IncomingMessage], None]:
        """Yield what arrives; the first batch is empty, and of what is produced after it nothing is left out.

        A batch comes at least every second, perhaps empty.

        Raises:
            EngineUnavailable: something may have been left out, or Kafka is silent; begin anew with another call.
        """
        ...


class DeadLetters(Protocol):
    """A group's dead-letter topic, read by the person who puts messages back."""

    async def read(self, limit: int) -> Sequence[IncomingMessage]:
        """Return at most `limit` dead letters, oldest first, that were not put back before."""
        ...

    async def mark_replayed(self, messages: Sequence[IncomingMessage]) -> None:
        """Remember that these were put back."""
        ...
