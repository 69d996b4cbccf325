"""Kafka and its fake behind one way to open publishers and consumers; for contract and integration tests."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import msgspec
from confluent_kafka.admin import AdminClient

from photo_core.clock import SystemClock
from photo_core.engines.kafka import KafkaSettings, kafka_settings
from photo_core.errors import EngineUnavailable
from photo_core.fakes.events import FakeDeadLetters, FakeEventConsumer, FakeEventPublisher, FakeEventTail, FakeLog
from photo_core.messages.topics import Group, Topic
from photo_core.ports.events import DeadLetters, EventConsumer, EventPublisher, EventTail, IncomingMessage
from photo_core.settings import process_source
from photo_core.streams.client import client_config
from photo_core.streams.consumer import GroupMembership, open_consumer
from photo_core.streams.dead_letters import open_dead_letters
from photo_core.streams.provision import build_wanted, provision
from photo_core.streams.publisher import open_publisher
from photo_core.streams.tail import KafkaEventTail

TOPIC, GROUP = Topic.FEED_FANOUT, Group.FANOUT_WORKERS
FEW_PARTITIONS = 64  # the divisor: two for feed.fanout, one for the others


class EventLog(Protocol):
    """A Kafka of one test's own."""

    def publisher(self) -> AbstractAsyncContextManager[EventPublisher]: ...

    def consumer(self, draining: asyncio.Event) -> AbstractAsyncContextManager[EventConsumer]: ...

    def dead_letters(self) -> AbstractAsyncContextManager[DeadLetters]: ...

    def tail(self) -> EventTail: ...


class FakeEventLog:
    def __init__(self) -> None:
        self.log = FakeLog(SystemClock(), partitions=2)
        self._dead_letters = FakeDeadLetters(self.log, TOPIC, GROUP)

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator[EventPublisher]:
        yield FakeEventPublisher(self.log)

    @asynccontextmanager
    async def consumer(self, draining: asyncio.Event) -> AsyncIterator[EventConsumer]:
        yield FakeEventConsumer(self.log, TOPIC, GROUP, draining)

    @asynccontextmanager
    async def dead_letters(self) -> AsyncIterator[DeadLetters]:
        yield self._dead_letters

    def tail(self) -> EventTail:
        return FakeEventTail(self.log, TOPIC)


class KafkaEventLog:
    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings

    def settings_with_divisor(self, divisor: int) -> KafkaSettings:
        return msgspec.structs.replace(self.settings, partition_divisor=divisor)

    def publisher(self) -> AbstractAsyncContextManager[EventPublisher]:
        return open_publisher(self.settings, "test")

    def consumer(self, draining: asyncio.Event) -> AbstractAsyncContextManager[EventConsumer]:
        return open_consumer(self.settings, GroupMembership(TOPIC, GROUP, "test"), SystemClock(), draining)

    def dead_letters(self) -> AbstractAsyncContextManager[DeadLetters]:
        return open_dead_letters(self.settings, TOPIC, GROUP)

    def tail(self) -> EventTail:
        return KafkaEventTail(self.settings, TOPIC, "test")


@asynccontextmanager
async def kafka_of_its_own() -> AsyncIterator[KafkaEventLog]:
    """Topics under a prefix that nobody else uses, removed afterwards; the platform's own are not touched."""
    prefix = f"test-{secrets.token_hex(4)}."
    settings = msgspec.structs.replace(
        kafka_settings(process_source()), prefix=prefix, partition_divisor=FEW_PARTITIONS
    )
    await eventually(lambda: is_provisioned(settings))
    try:
        yield KafkaEventLog(settings)
    finally:
        admin = AdminClient(client_config(settings, "test"))
        names = [topic.name for topic in build_wanted(prefix, FEW_PARTITIONS)]
        for removed in admin.delete_topics(names, operation_timeout=30).values():
            removed.result()


async def is_provisioned(settings: KafkaSettings) -> bool:
    try:
        await provision(settings)
    except EngineUnavailable:
        return False
    return True


async def read_until(
    consumer: EventConsumer, enough: Callable[[Sequence[IncomingMessage]], bool], seconds: float = 60
) -> list[IncomingMessage]:
    """Read until what was read is enough; fails at the deadline."""
    read: list[IncomingMessage] = []
    async with asyncio.timeout(seconds):
        async for batch in consumer.batches(100):
            read += batch
            if enough(read):
                return read
    raise AssertionError(f"the consumer ended after {len(read)} messages")


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait for a condition; fails at the deadline."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition is an engine's, which tells nobody
            await asyncio.sleep(0.05)
