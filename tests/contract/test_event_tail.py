"""Everything that a topic receives from now on, from Kafka and its fake."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import pytest

from photo_core.errors import EngineUnavailable
from photo_core.ports.events import IncomingMessage, OutgoingMessage
from tests.support.event_logs import TOPIC, EventLog, FakeEventLog, eventually, kafka_of_its_own


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def events(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    if request.param == "fake":
        yield FakeEventLog()
        return
    async with kafka_of_its_own() as kafka:
        yield kafka


@asynccontextmanager
async def taking(events: EventLog) -> AsyncIterator[AsyncGenerator[Sequence[IncomingMessage], None]]:
    """Begin a tail, again while the brokers still agree on who leads the partitions of a new topic."""
    async with AsyncExitStack() as stack:

        async def begun() -> bool:
            batches = await stack.enter_async_context(aclosing(events.tail().batches()))
            try:
                assert list(await anext(batches)) == []
            except EngineUnavailable:
                return False
            tails.append(batches)
            return True

        tails: list[AsyncGenerator[Sequence[IncomingMessage], None]] = []
        await eventually(begun)
        yield tails[0]


def message(text: str) -> OutgoingMessage:
    return OutgoingMessage(TOPIC, text, text.encode())


async def test_a_tail_begins_at_the_end_and_then_leaves_nothing_out(events: EventLog) -> None:
    async with events.publisher() as publisher:
        await publisher.publish([message(f"before {number}") for number in range(5)])
    async with events.publisher() as publisher, taking(events) as batches:
        sent = [f"after {number}" for number in range(50)]
        await publisher.publish([message(text) for text in sent])
        read: list[IncomingMessage] = []
        async with asyncio.timeout(30):
            while len(read) < len(sent):
                read += await anext(batches)
    assert sorted(each.value.decode() for each in read) == sorted(sent)
    assert {each.topic for each in read} == {TOPIC}


async def test_an_idle_topic_yields_empty_batches(events: EventLog) -> None:
    async with taking(events) as batches, asyncio.timeout(30):
        assert [list(await anext(batches)) for _ in range(6)] == [[]] * 6


async def test_two_tails_read_everything_each(events: EventLog) -> None:
    async with (
        events.publisher() as publisher,
        taking(events) as one,
        taking(events) as other,
        asyncio.timeout(30),
    ):
        await publisher.publish([message("to both")])
        for batches in (one, other):
            while not (batch := await anext(batches)):
                pass
            assert [each.value for each in batch] == [b"to both"]
