"""Authors' pictures in memory."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping

import pytest

from photo_core.domain.accounts import Account, Avatar, NewAccount, ProfileChange
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.feeds.pictures import HELD_SECONDS, Pictures

ADA, BOB = 1, 2


class CountedAccounts(FakeAccounts):
    """Remembers who was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[set[int]] = []

    async def get_many(self, user_ids: Collection[int]) -> Mapping[int, Account]:
        self.asked.append(set(user_ids))
        return await super().get_many(user_ids)


class World:
    """Ada with a picture, Bob without."""

    def __init__(self) -> None:
        self.accounts = CountedAccounts()
        self.clock = FakeClock()
        self.tasks: list[asyncio.Task[object]] = []
        self.pictures = Pictures(self.accounts, self.clock, self._start)

    def _start(self, work: Coroutine[None, None, object]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))


@pytest.fixture
async def world() -> World:
    made = World()
    for user_id, name in ((ADA, "ada"), (BOB, "bob")):
        await made.accounts.create(NewAccount(user_id, name, "no password"))
    await made.accounts.change_profile(ADA, ProfileChange(avatar=Avatar(5, "ada/1.jpeg")))
    return made


async def test_pictures_are_read_once_a_minute_and_renewed_behind_the_page(world: World) -> None:
    for _ in range(2):
        assert await world.pictures.of([ADA, BOB, ADA]) == {ADA: "ada/1.jpeg"}
    assert world.accounts.asked == [{ADA, BOB}]
    await world.accounts.change_profile(ADA, ProfileChange(avatar=Avatar(6, "ada/2.jpeg")))
    world.clock.advance(HELD_SECONDS + 1)
    assert await world.pictures.of([ADA]) == {ADA: "ada/1.jpeg"}
    await asyncio.gather(*world.tasks)
    assert await world.pictures.of([ADA]) == {ADA: "ada/2.jpeg"}


async def test_without_postgresql_known_pictures_are_shown(world: World) -> None:
    await world.pictures.of([ADA])
    world.accounts.available = False
    world.clock.advance(HELD_SECONDS + 1)
    assert await world.pictures.of([ADA, BOB]) == {ADA: "ada/1.jpeg"}
    await asyncio.gather(*world.tasks)
    assert await world.pictures.of([ADA]) == {ADA: "ada/1.jpeg"}
