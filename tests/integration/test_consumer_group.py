"""What several members of a consumer group do together; needs Kafka alone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import count

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from photo_core.messages.topics import prefixed
from photo_core.ports.events import IncomingMessage, OutgoingMessage
from photo_core.streams.client import client_config
from photo_core.streams.provision import build_plan, build_wanted, observe
from tests.support.event_logs import (
    FEW_PARTITIONS,
    GROUP,
    TOPIC,
    KafkaEventLog,
    eventually,
    is_provisioned,
    kafka_of_its_own,
)

pytestmark = pytest.mark.real


@pytest.fixture
async def kafka() -> AsyncIterator[KafkaEventLog]:
    async with kafka_of_its_own() as log:
        yield log


async def test_a_second_member_takes_its_share_while_the_first_works(kafka: KafkaEventLog) -> None:
    draining, handled = asyncio.Event(), Counter[str]()

    async def consume(member: str) -> None:
        async with kafka.consumer(draining) as consumer:
            async for batch in consumer.batches(10):
                await consumer.commit(batch)
                handled[member] += len(batch)

    async def publish_until_handled_by(member: str) -> None:
        async with kafka.publisher() as publisher, asyncio.timeout(60):
            for number in count():
                await publisher.publish([OutgoingMessage(TOPIC, str(number), b"")])
                if handled[member]:
                    return

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consume("first"))
        await publish_until_handled_by("first")
        tasks.create_task(consume("second"))
        await publish_until_handled_by("second")
        draining.set()


@pytest.fixture
def onlooker(kafka: KafkaEventLog) -> Iterator[Consumer]:
    """Reads what the group has committed, and never joins it."""
    config = client_config(kafka.settings, "onlooker") | {"group.id": prefixed(kafka.settings.prefix, GROUP)}
    reader = Consumer(config)
    yield reader
    reader.close()


async def test_a_refused_commit_is_made_again_although_nothing_more_arrives(
    kafka: KafkaEventLog, onlooker: Consumer
) -> None:
    handled = IncomingMessage("made-later", 0, 41, "key", b"", 0)  # Kafka refuses until there is such a topic
    place = TopicPartition(prefixed(kafka.settings.prefix, handled.topic), handled.partition)
    admin = AdminClient(client_config(kafka.settings, "test"))

    async def is_committed() -> bool:
        (found,) = await asyncio.to_thread(onlooker.committed, [place])
        return bool(found.offset == handled.offset + 1)

    async with kafka.consumer(asyncio.Event()) as consumer, asyncio.timeout(60):
        await consumer.commit([handled])
        assert not await is_committed()
        admin.create_topics([NewTopic(place.topic, 1, 1)])[place.topic].result()
        async for _ in consumer.batches(10):
            if await is_committed():
                break
    admin.delete_topics([place.topic])[place.topic].result()


async def test_provisioning_again_adds_partitions_and_never_takes_any_away(kafka: KafkaEventLog) -> None:
    wanted = build_wanted(kafka.settings.prefix, FEW_PARTITIONS // 2)

    async def is_grown() -> bool:
        plan = build_plan(wanted, await observe(kafka.settings))
        return (plan.create, plan.grow) == ((), ())

    assert not await is_grown()
    for divisor in (FEW_PARTITIONS // 2, FEW_PARTITIONS):
        await eventually(partial(is_provisioned, kafka.settings_with_divisor(divisor)))
        await eventually(is_grown)
