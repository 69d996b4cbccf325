from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.ids import MAX_ID, created_at_ms
from photo_core.errors import MintingStopped
from photo_core.fakes.accounts import FakeWorkerIdLeases
from photo_core.fakes.clock import FakeClock
from photo_core.ids import LEASE_SECONDS, IdMinter, WorkerLease, renew_once


@dataclass
class SteppingClock:
    """A wall clock that tests set, beside a monotonic one that only advances."""

    at_ms: int = 1_767_225_600_000
    seconds: float = 0.0

    def now_ms(self) -> int:
        return self.at_ms

    def monotonic(self) -> float:
        return self.seconds


STEPS = st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 40), st.integers(0, 3)), max_size=40)


@given(steps=STEPS)
def test_ids_are_unique_and_increase_whatever_the_clock_and_the_leases_do(
    steps: list[tuple[int, int, int]],
) -> None:
    clock, minted = SteppingClock(), []
    minter = IdMinter(clock)
    for step_ms, number, worker in steps:
        clock.at_ms += step_ms
        minter.renew(WorkerLease(worker, clock.monotonic() + 1))
        for _ in range(number):
            try:
                minted.append(minter.mint())
            except MintingStopped:
                break
    assert minted == sorted(set(minted))
    assert all(0 < id_ <= MAX_ID for id_ in minted)


@given(workers=st.lists(st.integers(0, 8191), min_size=2, max_size=5, unique=True), number=st.integers(1, 30))
def test_workers_never_mint_the_same_id(workers: list[int], number: int) -> None:
    clock, minted = SteppingClock(), []
    for worker in workers:
        minter = IdMinter(clock)
        minter.renew(WorkerLease(worker, 10))
        minted += [minter.mint() for _ in range(number)]
    assert len(set(minted)) == len(minted)


@given(after=st.floats(0, 1e6))
def test_nothing_is_minted_after_the_lease(after: float) -> None:
    clock = SteppingClock()
    minter = IdMinter(clock)
    minter.renew(WorkerLease(1, 100.0))
    minter.mint()
    clock.at_ms += 1
    clock.seconds = 100.0 + after
    with pytest.raises(MintingStopped):
        minter.mint()


def test_nothing_is_minted_without_a_lease() -> None:
    with pytest.raises(MintingStopped):
        IdMinter(SteppingClock()).mint()


def test_minting_waits_for_a_clock_that_stepped_back() -> None:
    clock = SteppingClock()
    minter = IdMinter(clock)
    minter.renew(WorkerLease(1, 100.0))
    before = minter.mint()
    clock.at_ms -= 1
    with pytest.raises(MintingStopped):
        minter.mint()
    clock.at_ms += 2
    assert minter.mint() > before


def test_a_clock_before_the_epoch_of_ids_mints_nothing() -> None:
    minter = IdMinter(SteppingClock(at_ms=0))
    minter.renew(WorkerLease(1, 100.0))
    with pytest.raises(MintingStopped):
        minter.mint()


def test_a_millisecond_holds_1024_ids() -> None:
    clock = SteppingClock()
    minter = IdMinter(clock)
    minter.renew(WorkerLease(1, 100.0))
    ids = [minter.mint() for _ in range(1024)]
    assert {created_at_ms(id_) for id_ in ids} == {clock.at_ms}
    with pytest.raises(MintingStopped):
        minter.mint()


async def test_a_lease_is_counted_from_when_it_was_asked_for() -> None:
    clock = FakeClock()
    minter = IdMinter(clock)
    assert await renew_once(minter, FakeWorkerIdLeases(clock), "pod-a", clock)
    minter.mint()
    clock.advance(LEASE_SECONDS)
    with pytest.raises(MintingStopped):
        minter.mint()


async def test_without_postgresql_a_lease_that_holds_goes_on() -> None:
    clock = FakeClock()
    minter, leases = IdMinter(clock), FakeWorkerIdLeases(clock)
    await renew_once(minter, leases, "pod-a", clock)
    leases.available = False
    assert not await renew_once(minter, leases, "pod-a", clock)
    minter.mint()


async def test_a_number_is_free_again_two_hours_after_its_lease() -> None:
    clock = FakeClock()
    leases = FakeWorkerIdLeases(clock)
    first = await leases.lease("pod-a")
    clock.advance(7201)
    assert await leases.lease("pod-b") == first
    assert await leases.lease("pod-a") != first
