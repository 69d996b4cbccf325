import asyncio
from collections.abc import Callable, Sequence

import pytest

from photo_app.interaction_events import InteractionEvents
from photo_core.errors import EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.interactions import FakeTouches
from photo_core.fakes.posts import FakeOutbox
from photo_core.messages.events import Interaction, InteractionKind, decode
from photo_core.messages.topics import Topic
from photo_core.ports.events import EventPublisher, OutgoingMessage

POST, USER = 5, 7


class SilentPublisher:
    """A Kafka that takes messages and acknowledges none."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        assert messages
        await asyncio.Event().wait()

    def publish_soon(self, message: OutgoingMessage, on_acknowledged: Callable[[], None]) -> None:
        raise AssertionError((message, on_acknowledged))


class World:
    def __init__(self) -> None:
        self.clock, self.outbox = FakeClock(), FakeOutbox()
        self.touches, self.log = FakeTouches(self.outbox), FakeLog(self.clock)
        self.transitions = self.over(FakeEventPublisher(self.log))

    def over(self, publisher: EventPublisher) -> InteractionEvents:
        return InteractionEvents(self.touches, publisher, self.clock)

    async def touched(self) -> list[int]:
        return await self.touches.touched(self.clock.now_ms() // 60_000)


@pytest.fixture
def world() -> World:
    return World()


async def test_a_post_is_expected_in_each_minute_in_which_something_becomes_of_it(world: World) -> None:
    for _ in range(3):
        await world.transitions.schedule_recount(POST)
        await world.transitions.schedule_recount(POST)
        assert await world.touched() == [POST]
        world.clock.advance(60)
        assert await world.touched() == []


async def test_an_expectation_that_was_not_stored_is_stored_by_the_next(world: World) -> None:
    world.outbox.available = False
    with pytest.raises(EngineUnavailable):
        await world.transitions.schedule_recount(POST)
    world.outbox.available = True
    await world.transitions.schedule_recount(POST)
    assert await world.touched() == [POST]


async def test_a_transition_is_announced_by_post(world: World) -> None:
    await world.transitions.publish(InteractionKind.UNLIKED, POST, USER)
    (message,) = world.log.messages(Topic.INTERACTIONS)
    wanted = Interaction(InteractionKind.UNLIKED, POST, USER, world.clock.now_ms())
    assert (message.key, decode(message.value, Interaction)) == (str(POST), wanted)


async def test_nobody_waits_long_for_a_kafka_that_does_not_answer(world: World) -> None:
    async with asyncio.timeout(5):
        await world.over(SilentPublisher()).publish(InteractionKind.LIKED, POST, USER)
