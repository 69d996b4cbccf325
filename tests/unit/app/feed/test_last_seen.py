"""When viewers were last seen."""

import pytest

from photo_app.feed.last_seen import AGAIN_MS, LastSeen
from photo_core.domain.accounts import NewAccount
from photo_core.errors import EngineUnavailable
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.feeds import FakeFeedCache

VIEWER = 1


class World:
    """One account."""

    def __init__(self) -> None:
        self.accounts, self.cache, self.clock = FakeAccounts(), FakeFeedCache(), FakeClock()
        self.last_seen = LastSeen(self.accounts, self.cache, self.clock, 30)


@pytest.fixture
async def world() -> World:
    made = World()
    await made.accounts.create(NewAccount(VIEWER, "ada", "no password"))
    return made


async def test_a_viewer_is_stored_and_then_what_is_kept_lives_on(world: World) -> None:
    world.last_seen.seen(VIEWER)
    await world.last_seen.store()
    assert world.accounts.seen_at_ms(VIEWER) == world.clock.now_ms()
    assert world.cache.kept_alive == [VIEWER]


async def test_a_viewer_is_stored_at_most_once_an_hour(world: World) -> None:
    for _ in range(2):
        world.last_seen.seen(VIEWER)
        await world.last_seen.store()
    assert world.cache.kept_alive == [VIEWER]
    world.clock.advance(AGAIN_MS / 1000)
    world.last_seen.seen(VIEWER)
    await world.last_seen.store()
    assert world.cache.kept_alive == [VIEWER, VIEWER]


async def test_nothing_lives_on_of_a_viewer_whom_postgresql_did_not_store(world: World) -> None:
    world.last_seen.seen(VIEWER)
    world.accounts.available = False
    with pytest.raises(EngineUnavailable):
        await world.last_seen.store()
    assert world.cache.kept_alive == []
    world.accounts.available = True
    await world.last_seen.store()
    assert world.cache.kept_alive == [VIEWER]
