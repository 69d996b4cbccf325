"""The real `DeadLetters`: reads a dead-letter topic to its end, without joining a group.

Opened by `photo-workers replay-dead-letters`. What was put back is remembered as committed offsets of a group of
its own, so the topic itself stays as it is until its retention ends.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from photo_core.engines.kafka import KafkaSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import Group, Topic, dead_letter_topic, prefixed
from photo_core.ports.events import IncomingMessage
from photo_core.streams.client import client_config
from photo_core.streams.records import incoming

ANSWER_SECONDS = 10.0


class KafkaDeadLetters:
    """The dead letters of one topic and group. Open it with `open_dead_letters`."""

    def __init__(self, settings: KafkaSettings, topic: Topic, group: Group) -> None:
        self._prefix = settings.prefix
        self._name = prefixed(settings.prefix, dead_letter_topic(topic, group))
        self._consumer = Consumer(
            client_config(settings, "replay-dead-letters")
            | {
                "group.id": prefixed(settings.prefix, f"{group}.replay"),
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )

    async def read(self, limit: int) -> Sequence[IncomingMessage]:
        """Return at most `limit` dead letters that were not put back before."""
        try:
            return await asyncio.to_thread(self._read, limit)
        except KafkaException as error:
            raise EngineUnavailable(Engine.KAFKA, str(error)) from error

    async def mark_replayed(self, messages: Sequence[IncomingMessage]) -> None:
        """Commit the offsets after these messages."""
        after = {message.partition: message.offset + 1 for message in messages}
        offsets = [TopicPartition(self._name, number, offset) for number, offset in after.items()]
        try:
            await asyncio.to_thread(self._consumer.commit, offsets=offsets, asynchronous=False)
        except KafkaException as error:
            raise EngineUnavailable(Engine.KAFKA, str(error)) from error

    async def close(self) -> None:
        """Close the connection."""
        await asyncio.to_thread(self._consumer.close)

    def _read(self, limit: int) -> list[IncomingMessage]:
        starts = self._starts()
        self._consumer.assign(starts)
        unread = {start.partition for start in starts}
        found: list[IncomingMessage] = []
        while unread and len(found) < limit:
            message = self._consumer.poll(ANSWER_SECONDS)
            if message is None:
                raise EngineUnavailable(Engine.KAFKA, f"{self._name} does not answer")
            if message.error() is None:
                found.append(incoming(message, self._prefix))
            else:
                unread.discard(_end_of(message))
        self._consumer.unassign()
        return found

    def _starts(self) -> list[TopicPartition]:
        known = self._consumer.list_topics(self._name, timeout=ANSWER_SECONDS).topics[self._name]
        partitions = [TopicPartition(self._name, number) for number in known.partitions]
        committed = self._consumer.committed(partitions, timeout=ANSWER_SECONDS)
        return [
            TopicPartition(self._name, place.partition, place.offset if place.offset >= 0 else OFFSET_BEGINNING)
            for place in committed
        ]


def _end_of(message: Message) -> int:
    """Return the partition whose end this is.

    Raises:
        KafkaException: it is another error.
    """
    error = message.error()
    if error is not None and error.code() == error._PARTITION_EOF:  # noqa: SLF001 - librdkafka's name for it
        return message.partition() or 0
    raise KafkaException(error)


@asynccontextmanager
async def open_dead_letters(settings: KafkaSettings, topic: Topic, group: Group) -> AsyncIterator[KafkaDeadLetters]:
    """Open a dead-letter topic for reading."""
    dead_letters = KafkaDeadLetters(settings, topic, group)
    try:
        yield dead_letters
    finally:
        await dead_letters.close()
