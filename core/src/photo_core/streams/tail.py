"""The real `EventTail`: every partition of a topic read from its end, by a consumer without a group.

Opened by the API's process. Positions are asked for one by one before reading begins, since "the end" as a logical
offset is only looked up by a later fetch. A broker that is silent is noticed by librdkafka's statistics, which an idle
topic does not fool: its broker answers a fetch twice a second. A partition that is added is seen within a minute, when
the metadata is renewed, and ends the tail, so that what was missed is forgotten.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition
from msgspec import Struct

from photo_core.engines.kafka import KafkaSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import Topic, prefixed
from photo_core.ports.events import IncomingMessage
from photo_core.streams.client import Config, RenewedLogin, client_config
from photo_core.streams.records import incoming

POLL_SECONDS = 0.5
ASK_SECONDS = 5.0  # for the partitions, and for the end of each
MOST_AT_ONCE = 500
STATISTICS_MS = 500
SILENT_US = 1_500_000  # a broker that we read from answers at least every half second
INTERNAL_PARTITION = "-1"
Result = TypeVar("Result")


class Broker(Struct, frozen=True):
    """What librdkafka tells of a broker: since when it is silent, and which partitions it leads for us."""

    state: str = ""
    rxidle: int = 0
    toppars: dict[str, msgspec.Raw] = {}


class KnownTopic(Struct, frozen=True):
    """What librdkafka tells of a topic."""

    partitions: dict[str, msgspec.Raw] = {}


class Statistics(Struct, frozen=True):
    """The part of librdkafka's statistics that says whether something may be missed."""

    brokers: dict[str, Broker] = {}
    topics: dict[str, KnownTopic] = {}


def misses(statistics: Statistics, topic: str, assigned: int) -> str | None:
    """Return why a reader of all partitions of a topic may miss something, or None if it cannot."""
    for name, broker in statistics.brokers.items():
        if broker.toppars and (broker.state != "UP" or broker.rxidle > SILENT_US):
            return f"the broker {name} is silent"
    known = statistics.topics.get(topic, KnownTopic()).partitions.keys() - {INTERNAL_PARTITION}
    return "the topic has other partitions now" if known and len(known) != assigned else None


def tail_config(settings: KafkaSettings, client_id: str, on_statistics: Callable[[str], None]) -> Config:
    """Return the consumer's configuration; the group is only named, never joined."""
    return client_config(settings, client_id) | {
        "group.id": prefixed(settings.prefix, "tail"),
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "fetch.error.backoff.ms": 200,
        "queued.max.messages.kbytes": 8_192,
        "statistics.interval.ms": STATISTICS_MS,
        "stats_cb": on_statistics,
    }


class KafkaEventTail:
    """Reads a topic from its end; several calls of `batches` are independent of each other."""

    def __init__(self, settings: KafkaSettings, topic: Topic, client_id: str) -> None:
        self._settings = settings
        self._topic = topic
        self._client_id = client_id

    async def batches(self) -> AsyncGenerator[Sequence[IncomingMessage], None]:
        """Yield what arrives after the first batch, which is empty."""
        # librdkafka is called from one thread, also when the reader is cancelled in the middle of a call
        thread = ThreadPoolExecutor(1, "tail")
        reader = _Reader(self._settings, self._topic, self._client_id)
        try:
            await _call(thread, reader.begin)
            yield []
            while True:
                yield await _call(thread, reader.take)
        finally:
            thread.submit(reader.close)
            thread.shutdown(wait=False)


class _Reader:
    """One consumer, on one thread."""

    def __init__(self, settings: KafkaSettings, topic: Topic, client_id: str) -> None:
        self._prefix = settings.prefix
        self._name = prefixed(settings.prefix, topic)
        self._assigned = 0
        self._missed: str | None = None
        self._login = RenewedLogin(settings.login)
        self._consumer = Consumer(tail_config(settings, client_id, self._noted) | {"error_cb": self._login.note})

    def begin(self) -> None:
        """Look up the end of every partition and read from there."""
        try:
            self._consumer.assign([self._end_of(number) for number in self._partitions()])
        except KafkaException as error:
            raise EngineUnavailable(Engine.KAFKA, str(error)) from error

    def take(self) -> list[IncomingMessage]:
        """Return what has arrived, after half a second at the latest."""
        first = self._consumer.poll(POLL_SECONDS)
        self._login.renew(self._consumer)
        messages = [] if first is None else [first, *self._consumer.consume(MOST_AT_ONCE, 0)]
        for error in [error for message in messages if (error := message.error()) is not None]:
            raise EngineUnavailable(Engine.KAFKA, error.str())
        if self._missed is not None:
            raise EngineUnavailable(Engine.KAFKA, self._missed)
        return [incoming(message, self._prefix) for message in messages]

    def close(self) -> None:
        """End the connections."""
        self._consumer.close()

    def _partitions(self) -> list[int]:
        topic = self._consumer.list_topics(self._name, ASK_SECONDS).topics[self._name]
        if topic.error is not None:
            raise KafkaException(topic.error)
        self._assigned = len(topic.partitions)
        return list(topic.partitions)

    def _end_of(self, number: int) -> TopicPartition:
        place = TopicPartition(self._name, number)
        found = self._consumer.get_watermark_offsets(place, ASK_SECONDS)
        if found is None:
            raise EngineUnavailable(Engine.KAFKA, f"partition {number} does not tell its end")
        return TopicPartition(self._name, number, found[1])

    def _noted(self, statistics: str) -> None:
        self._missed = misses(msgspec.json.decode(statistics, type=Statistics), self._name, self._assigned)


async def _call(thread: ThreadPoolExecutor, function: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(thread, function)
