import asyncio

import pytest
from prometheus_client import REGISTRY

from photo_core.domain.accounts import NewAccount
from photo_core.errors import EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.events import FakeEventPublisher, FakeLog
from photo_core.fakes.feeds import FakeFeedCache
from photo_core.fakes.rebuild_runs import FakeRebuildRuns
from photo_core.messages.events import RebuildRange, decode
from photo_core.messages.topics import Topic
from photo_workers.feed_rebuild.planner import RebuildPlanner
from tests.support.draining_log import DrainingLog

DAY_MS = 86_400_000
INACTIVE_AFTER_DAYS = 30


class World:
    """People, masters that lose feeds, and a planner."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.accounts = FakeAccounts()
        self.feeds = FakeFeedCache()
        self.log = FakeLog(self.clock)
        self.runs = FakeRebuildRuns(self.accounts, self.clock)
        self.page_accounts = 100
        self.planner = self.another_process()

    def another_process(self) -> RebuildPlanner:
        publisher = FakeEventPublisher(self.log)
        return RebuildPlanner(self.feeds, self.runs, publisher, self.clock, INACTIVE_AFTER_DAYS, self.page_accounts)

    async def people(self, *user_ids: int) -> None:
        for user_id in user_ids:
            await self.accounts.create(NewAccount(user_id, f"user{user_id}", ""))

    async def turn(self) -> bool:
        return await self.planner.turn()

    async def settle(self) -> None:
        """Look until there is nothing to plan."""
        await self.turn()
        while await self.turn():
            pass

    def planned(self) -> list[int]:
        ranges = [decode(message.value, RebuildRange) for message in self.log.messages(Topic.FEED_REBUILD)]
        return sorted(viewer for wanted in ranges for viewer in wanted.viewers)


@pytest.fixture
def world() -> World:
    return World()


async def test_lost_masters_lead_to_ranges_of_all_active_viewers(world: World) -> None:
    await world.settle()
    await world.people(1, 2, 3)
    await world.accounts.touch([2], world.clock.now_ms() - (INACTIVE_AFTER_DAYS + 1) * DAY_MS)
    world.feeds.recover()
    await world.settle()
    assert world.planned() == [1, 3]


async def test_masters_that_stay_lead_to_nothing_more(world: World) -> None:
    await world.people(1)
    await world.settle()
    before = world.planned()
    await world.settle()
    assert world.planned() == before
    assert len(world.runs.runs) == 1


async def test_another_process_goes_on_where_a_killed_one_left_off(world: World) -> None:
    world.planner.page_accounts = world.page_accounts = 2
    await world.people(*range(1, 8))
    for _ in range(4):
        await world.turn()
    assert world.planned() == [1, 2, 3, 4]
    world.planner = world.another_process()
    await world.settle()
    assert world.planned() == list(range(1, 8))
    assert len(world.runs.runs) == 1


async def test_what_kafka_did_not_take_is_planned_again(world: World) -> None:
    await world.people(1, 2)
    await world.turn()
    await world.turn()
    world.log.available = False
    with pytest.raises(EngineUnavailable):
        await world.turn()
    world.log.available = True
    await world.settle()
    assert world.planned() == [1, 2]


async def test_masters_lost_during_a_run_begin_another_from_the_first_viewer(world: World) -> None:
    world.planner.page_accounts = 1
    await world.people(1, 2)
    for _ in range(3):
        await world.turn()
    world.feeds.fail_over(0, lost_writes=1)
    await world.settle()
    assert world.planned() == [1, 1, 2]


async def test_only_the_process_that_has_the_turn_plans(world: World) -> None:
    await world.people(1)
    world.runs.elsewhere = True
    await world.settle()
    assert world.runs.runs == []


async def test_every_process_reports_how_much_is_left(world: World) -> None:
    await world.people(1, 2)
    await world.settle()
    await world.runs.count_handled(1, 1)
    await world.turn()
    assert REGISTRY.get_sample_value("feed_rebuild_remaining") == 1


async def test_the_loop_survives_masters_that_are_away_and_ends_when_draining(world: World) -> None:
    draining = asyncio.Event()
    log = DrainingLog(world.clock, draining)
    await world.people(1)
    world.feeds.fail()
    world.planner.publisher = FakeEventPublisher(log)
    world.planner.every_seconds = 0.001
    loop = asyncio.create_task(world.planner.run(draining))
    await asyncio.sleep(0)
    world.feeds.recover()
    await asyncio.wait_for(loop, 10)
    assert len(log.messages(Topic.FEED_REBUILD)) == 1
