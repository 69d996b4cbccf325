import asyncio
from collections.abc import Sequence

import pytest

from photo_core.errors import Engine, EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.ports.events import OutgoingMessage
from photo_workers.fanout_planner.pipeline import UNACKNOWLEDGED, pipelined


class SlowKafka(FakeEventPublisher):
    """Acknowledges nothing before it is told to, and refuses some."""

    def __init__(self) -> None:
        super().__init__(FakeLog(FakeClock()))
        self.taken: list[str] = []
        self.refused: set[str] = set()
        self.acknowledges = asyncio.Event()

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        self.taken += [message.key for message in messages]
        await self.acknowledges.wait()
        if self.refused & {message.key for message in messages}:
            raise EngineUnavailable(Engine.KAFKA, "refused")


def message(number: int) -> OutgoingMessage:
    return OutgoingMessage("feed.fanout", str(number), b"")


async def produce_all(kafka: SlowKafka, count: int) -> None:
    async with pipelined(kafka) as produce:
        for number in range(count):
            await produce(message(number))


async def turns() -> None:
    for _ in range(3 * UNACKNOWLEDGED):
        await asyncio.sleep(0)


async def test_messages_leave_while_others_wait_for_their_acknowledgement_but_not_too_many() -> None:
    kafka = SlowKafka()
    under_way = asyncio.create_task(produce_all(kafka, UNACKNOWLEDGED + 5))
    await turns()
    assert len(kafka.taken) == UNACKNOWLEDGED
    kafka.acknowledges.set()
    await under_way
    assert len(kafka.taken) == UNACKNOWLEDGED + 5


async def test_the_end_waits_for_every_acknowledgement() -> None:
    kafka = SlowKafka()
    under_way = asyncio.create_task(produce_all(kafka, 3))
    await turns()
    assert not under_way.done()
    kafka.acknowledges.set()
    await under_way


async def test_one_message_that_is_refused_fails_the_whole_after_the_others_have_ended() -> None:
    kafka = SlowKafka()
    kafka.refused = {"1"}
    kafka.acknowledges.set()
    with pytest.raises(EngineUnavailable):
        await produce_all(kafka, 3)
    assert kafka.taken == ["0", "1", "2"]


async def test_what_fails_between_messages_is_raised_and_nothing_is_left_under_way() -> None:
    kafka = SlowKafka()
    kafka.refused = {"0"}
    kafka.acknowledges.set()

    async def fail_after_one() -> None:
        async with pipelined(kafka) as produce:
            await produce(message(0))
            raise EngineUnavailable(Engine.POSTGRES, "away")

    with pytest.raises(EngineUnavailable) as caught:
        await fail_after_one()
    assert caught.value.engine is Engine.POSTGRES
