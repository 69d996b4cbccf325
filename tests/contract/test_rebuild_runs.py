"""What every RebuildRuns does."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from photo_core.domain.accounts import NewAccount
from photo_core.fakes.accounts import FakeAccounts
from photo_core.fakes.clock import FakeClock
from photo_core.fakes.rebuild_runs import FakeRebuildRuns
from photo_core.ports.accounts import Accounts
from photo_core.ports.rebuild_runs import ActivePage, RebuildRun, RebuildRuns
from photo_core.stores.postgres.accounts import PostgresAccounts
from photo_core.stores.postgres.rebuild_runs import PostgresRebuildRuns
from tests.support.engines import postgres_of_its_own

FAR_FUTURE_MS = 4_000_000_000_000


@dataclass(frozen=True)
class Book:
    runs: RebuildRuns
    accounts: Accounts

    async def people(self, number: int) -> list[int]:
        first = secrets.randbits(62)
        for id_ in range(first, first + number):
            await self.accounts.create(NewAccount(id_, f"u{secrets.token_hex(12)}", "$argon2id$x"))
        return list(range(first, first + number))

    async def begun(self) -> RebuildRun:
        fingerprint = secrets.token_hex(16)
        async with self.runs.turn() as turn:
            assert turn is not None
            await turn.begin(fingerprint)
        run = await self.runs.latest()
        assert run is not None
        assert run.fingerprint == fingerprint
        return run


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def book(request: pytest.FixtureRequest) -> AsyncIterator[Book]:
    if request.param == "fake":
        accounts = FakeAccounts()
        yield Book(FakeRebuildRuns(accounts, FakeClock()), accounts)
        return
    async with postgres_of_its_own() as pool:
        yield Book(PostgresRebuildRuns(pool), PostgresAccounts(pool))


async def test_a_run_begins_with_nothing_planned(book: Book) -> None:
    run = await book.begun()
    assert (run.after_id, run.planned, run.handled, run.fully_planned) == (-1, 0, 0, False)


async def test_a_new_run_takes_the_place_of_the_one_before(book: Book) -> None:
    first, second = await book.begun(), await book.begun()
    assert second.run_id > first.run_id


async def test_only_those_seen_since_are_active_and_every_account_is_passed(book: Book) -> None:
    first, second, third = await book.people(3)
    await book.accounts.touch([first, third], FAR_FUTURE_MS)
    await book.accounts.touch([second], 0)
    async with book.runs.turn() as turn:
        assert turn is not None
        assert await turn.active(first - 1, FAR_FUTURE_MS - 1, 3) == ActivePage((first, third), third)
        assert await turn.active(first, FAR_FUTURE_MS - 1, 1) == ActivePage((), second)


async def test_the_last_page_has_no_next(book: Book) -> None:
    async with book.runs.turn() as turn:
        assert turn is not None
        assert await turn.active((1 << 63) - 1, 0, 10) == ActivePage((), None)


async def test_pages_add_to_what_is_planned_until_the_last(book: Book) -> None:
    run = await book.begun()
    async with book.runs.turn() as turn:
        assert turn is not None
        await turn.advance(run.run_id, ActivePage((3, 5), 7))
        await turn.advance(run.run_id, ActivePage((8,), 9))
    halfway = await book.runs.latest()
    assert halfway is not None
    assert (halfway.after_id, halfway.planned, halfway.fully_planned) == (9, 3, False)
    async with book.runs.turn() as turn:
        assert turn is not None
        await turn.advance(run.run_id, ActivePage((11,), None))
    done = await book.runs.latest()
    assert done is not None
    assert (done.after_id, done.planned, done.fully_planned) == (9, 4, True)


async def test_what_is_handled_is_added_up(book: Book) -> None:
    run = await book.begun()
    await book.runs.count_handled(run.run_id, 2)
    await book.runs.count_handled(run.run_id, 3)
    latest = await book.runs.latest()
    assert latest is not None
    assert latest.handled == 5
    assert 0 <= latest.idle_seconds < 60


async def test_a_turn_that_fails_leaves_nothing_behind(book: Book) -> None:
    run = await book.begun()

    class Crash(Exception):
        pass

    async def crash() -> None:
        async with book.runs.turn() as turn:
            assert turn is not None
            await turn.advance(run.run_id, ActivePage((3,), 4))
            raise Crash

    with pytest.raises(Crash):
        await crash()
    latest = await book.runs.latest()
    assert latest is not None
    assert (latest.run_id, latest.planned) == (run.run_id, 0)


@pytest.mark.real
async def test_one_process_has_the_turn() -> None:
    async with (
        postgres_of_its_own() as pool,
        PostgresRebuildRuns(pool).turn() as first,
        PostgresRebuildRuns(pool).turn() as second,
    ):
        assert first is not None
        assert second is None
