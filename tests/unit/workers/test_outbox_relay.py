import asyncio
from pathlib import Path

import pytest

from photo_core.domain.ids import compose
from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import EngineUnavailable
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.posts import FakeOutbox
from photo_core.messages.topics import Topic
from photo_core.ports.posts import OutboxRecord
from photo_core.settings import Source
from photo_core.telemetry.health import Heartbeat
from photo_workers.outbox_relay import OutboxRelay, run_relay
from photo_workers.process import WorkerProcess
from tests.support.draining_log import DrainingLog


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.outbox = FakeOutbox()
        self.log = FakeLog(self.clock)
        self.relay = OutboxRelay(self.outbox, FakeEventPublisher(self.log), self.clock)

    def store(self, count: int) -> None:
        for sequence in range(count):
            record_id = compose(self.clock.now_ms(), 0, sequence)
            self.outbox.store(OutboxRecord(record_id, Topic.POSTS_CREATED, "1", str(sequence).encode()))


@pytest.fixture
def world() -> World:
    return World()


async def test_records_younger_than_five_seconds_are_left_to_the_api(world: World) -> None:
    world.store(1)
    world.clock.advance(4)
    assert await world.relay.relay() == 0
    assert world.log.messages(Topic.POSTS_CREATED) == []


async def test_due_records_are_produced_and_forgotten(world: World) -> None:
    world.store(3)
    world.clock.advance(6)
    assert await world.relay.relay() == 3
    assert [message.value for message in world.log.messages(Topic.POSTS_CREATED)] == [b"0", b"1", b"2"]
    assert await world.relay.relay() == 0


async def test_what_kafka_does_not_take_stays_in_the_outbox(world: World) -> None:
    world.store(1)
    world.clock.advance(6)
    world.log.available = False
    with pytest.raises(EngineUnavailable):
        await world.relay.relay()
    world.log.available = True
    assert await world.relay.relay() == 1


async def test_the_loop_waits_for_an_engine_and_ends_when_draining(world: World, tmp_path: Path) -> None:
    draining = asyncio.Event()
    log = DrainingLog(world.clock, draining)
    publisher = FakeEventPublisher(log)
    heartbeat = Heartbeat(world.clock)
    process = WorkerProcess(Source({}, tmp_path), world.clock, publisher, draining, heartbeat, RuntimePolicy)
    world.store(1)
    world.clock.advance(60)
    world.outbox.available = False
    loop = asyncio.create_task(run_relay(OutboxRelay(world.outbox, publisher, world.clock), process))
    await asyncio.sleep(0)
    world.outbox.available = True
    await asyncio.wait_for(loop, 10)
    assert len(log.messages(Topic.POSTS_CREATED)) == 1
    assert heartbeat.alive()
