"""What consumers and publishers promise, on the log in memory and on Kafka."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from photo_core.clock import SystemClock
from photo_core.messages.topics import dead_letter_topic, retry_topic
from photo_core.ports.events import NOT_BEFORE_HEADER, IncomingMessage, OutgoingMessage
from tests.support.event_logs import GROUP, TOPIC, EventLog, FakeEventLog, kafka_of_its_own, read_until


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def events(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    if request.param == "fake":
        yield FakeEventLog()
        return
    async with kafka_of_its_own() as log:
        yield log


def messages(*keys: str, topic: str = TOPIC) -> list[OutgoingMessage]:
    return [OutgoingMessage(topic, key, f"value {index}".encode()) for index, key in enumerate(keys)]


def values(read: Sequence[IncomingMessage]) -> set[bytes]:
    return {message.value for message in read}


async def publish(events: EventLog, outgoing: Sequence[OutgoingMessage]) -> None:
    async with events.publisher() as publisher:
        await publisher.publish(outgoing)


async def test_a_message_arrives_with_its_key_value_and_headers(events: EventLog) -> None:
    await publish(events, [OutgoingMessage(TOPIC, "author", b"value", {"kind": b"test"})])
    async with events.consumer(asyncio.Event()) as consumer:
        (message,) = await read_until(consumer, lambda read: len(read) == 1)
    assert (message.topic, message.key, message.value) == (TOPIC, "author", b"value")
    assert message.headers["kind"] == b"test"


async def test_messages_of_one_key_keep_their_order(events: EventLog) -> None:
    await publish(events, messages(*["a", "b", "c"] * 10))
    async with events.consumer(asyncio.Event()) as consumer:
        read = await read_until(consumer, lambda read: len(read) == 30)
    for key in "abc":
        numbers = [int(message.value.split()[1]) for message in read if message.key == key]
        assert numbers == sorted(numbers)
        assert len(numbers) == 10


async def test_a_message_published_soon_arrives_and_is_acknowledged(events: EventLog) -> None:
    acknowledged = asyncio.Event()
    async with events.publisher() as publisher:
        publisher.publish_soon(messages("a")[0], acknowledged.set)
        await asyncio.wait_for(acknowledged.wait(), 60)
    async with events.consumer(asyncio.Event()) as consumer:
        assert await read_until(consumer, lambda read: len(read) == 1)


async def test_what_was_not_committed_comes_again_to_the_next_member(events: EventLog) -> None:
    await publish(events, messages("a", "b", "c"))
    async with events.consumer(asyncio.Event()) as first:
        before = await read_until(first, lambda read: len(read) == 3)
    async with events.consumer(asyncio.Event()) as second:
        again = await read_until(second, lambda read: len(read) == 3)
    assert values(again) == values(before)


async def test_what_was_committed_does_not_come_again(events: EventLog) -> None:
    await publish(events, messages("a", "b", "c"))
    async with events.consumer(asyncio.Event()) as first:
        await first.commit(await read_until(first, lambda read: len(read) == 3))
    await publish(events, [OutgoingMessage(TOPIC, "d", b"new")])
    async with events.consumer(asyncio.Event()) as second:
        assert values(await read_until(second, lambda read: len(read) >= 1)) == {b"new"}


async def test_a_retry_waits_for_its_time_and_delays_nothing_else(events: EventLog) -> None:
    clock = SystemClock()
    due_ms = clock.now_ms() + 2_000
    header = {NOT_BEFORE_HEADER: str(due_ms).encode()}
    await publish(events, [OutgoingMessage(retry_topic(TOPIC, GROUP), "a", b"retried", header)])
    async with events.consumer(asyncio.Event()) as consumer:
        await publish(events, messages("a"))
        early = await read_until(consumer, lambda read: len(read) >= 1)
        if clock.now_ms() < due_ms:
            assert values(early) == {b"value 0"}
        await read_until(consumer, lambda read: b"retried" in values([*early, *read]))
    assert clock.now_ms() >= due_ms


async def test_messages_behind_a_waiting_retry_are_not_lost(events: EventLog) -> None:
    soon = str(SystemClock().now_ms() + 1_000).encode()
    topic = retry_topic(TOPIC, GROUP)
    await publish(events, [OutgoingMessage(topic, "a", b"first", {NOT_BEFORE_HEADER: soon})])
    await publish(events, [OutgoingMessage(topic, "a", b"second")])
    async with events.consumer(asyncio.Event()) as consumer:
        read = await read_until(consumer, lambda read: len(read) == 2)
    assert [message.value for message in read] == [b"first", b"second"]


async def test_a_held_consumer_loses_nothing(events: EventLog) -> None:
    async with events.consumer(asyncio.Event()) as consumer:
        await publish(events, messages("a", "b"))
        before = await read_until(consumer, lambda read: len(read) == 2)
        await publish(events, messages("c", "d", "e"))
        assert not await consumer.hold(1.0)
        after = await read_until(consumer, lambda read: len(read) == 3)
    assert {message.key for message in [*before, *after]} == {"a", "b", "c", "d", "e"}


async def test_a_hold_ends_at_once_when_draining(events: EventLog) -> None:
    draining = asyncio.Event()
    async with events.consumer(draining) as consumer:
        draining.set()
        assert await asyncio.wait_for(consumer.hold(600), 10)


async def test_batches_end_when_draining(events: EventLog) -> None:
    draining = asyncio.Event()
    async with events.consumer(draining) as consumer, asyncio.timeout(30):
        async for batch in consumer.batches(10):
            assert not batch
            draining.set()


async def test_dead_letters_are_read_once_they_were_put_back_only_once(events: EventLog) -> None:
    await publish(events, messages("a", "b", "c", topic=dead_letter_topic(TOPIC, GROUP)))
    async with events.dead_letters() as dead_letters:
        first = await dead_letters.read(2)
        await dead_letters.mark_replayed(first)
        second = await dead_letters.read(10)
        await dead_letters.mark_replayed(second)
        assert list(await dead_letters.read(10)) == []
    assert [message.key for message in [*first, *second]] == ["a", "b", "c"]
