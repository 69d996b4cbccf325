"""What every Saves does."""

import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.domain.ids import MAX_ID
from photo_core.fakes.interactions import FakeSaves
from photo_core.fakes.posts import FakeOutbox
from photo_core.ports.saves import Saves
from photo_core.stores.cassandra.saves import CassandraSaves
from tests.support.engines import cassandra


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def saves(request: pytest.FixtureRequest) -> AsyncIterator[Saves]:
    if request.param == "fake":
        yield FakeSaves(FakeOutbox())
        return
    async with cassandra() as session:
        yield CassandraSaves(session)


async def test_saving_and_its_removal_are_idempotent(saves: Saves) -> None:
    user = secrets.randbits(62)
    for _ in range(2):
        await saves.save(user, 5)
        assert await saves.page(user, MAX_ID, 9) == [5]
    for _ in range(2):
        await saves.unsave(user, 5)
        assert await saves.page(user, MAX_ID, 9) == []


async def test_saved_posts_are_read_highest_first_below_an_id(saves: Saves) -> None:
    user = secrets.randbits(62)
    for post in (5, 9, 7):
        await saves.save(user, post)
    await saves.save(user ^ 1, 8)
    assert await saves.page(user, MAX_ID, 2) == [9, 7]
    assert await saves.page(user, 7, 2) == [5]
