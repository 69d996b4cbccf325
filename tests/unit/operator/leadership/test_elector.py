import pytest

from photo_core.fakes.clock import FakeClock
from photo_operator.cluster.port import LeadershipLost
from photo_operator.leadership.elector import Elector
from photo_operator.leadership.fake import FakeLeaseStore


def _electors(*names: str) -> tuple[FakeClock, FakeLeaseStore, list[Elector]]:
    clock, store = FakeClock(), FakeLeaseStore()
    return clock, store, [Elector(store, clock, "photoplatform-system", name) for name in names]


async def test_one_of_two_leads() -> None:
    _, store, (first, second) = _electors("a", "b")
    assert await first.attempt()
    assert not await second.attempt()
    assert store.lease is not None
    assert store.lease["spec"]["holderIdentity"] == "a"
    first.fence()
    with pytest.raises(LeadershipLost):
        second.fence()


async def test_a_leader_that_renews_keeps_the_lease() -> None:
    clock, _, (first, second) = _electors("a", "b")
    for _ in range(20):
        assert await first.attempt()
        assert not await second.attempt()
        clock.advance(2)


async def test_a_dead_leader_is_replaced_after_the_leases_duration() -> None:
    clock, _, (first, second) = _electors("a", "b")
    assert await first.attempt()
    waited = 0
    while not await second.attempt():
        clock.advance(2)
        waited += 2
    assert 15 <= waited <= 17
    with pytest.raises(LeadershipLost):
        first.fence()


async def test_a_leader_stops_writing_before_another_may_lead() -> None:
    clock, store, (first, second) = _electors("a", "b")
    assert await first.attempt()
    await second.attempt()
    store.away = True
    clock.advance(10.5)
    assert not await first.attempt()
    with pytest.raises(LeadershipLost):
        first.fence()
    store.away = False
    assert not await second.attempt()


async def test_a_released_lease_is_taken_at_once_by_a_higher_epoch() -> None:
    _, _, (first, second) = _electors("a", "b")
    assert await first.attempt()
    epoch = first.epoch
    await first.release()
    assert await second.attempt()
    assert second.epoch == epoch + 1
    with pytest.raises(LeadershipLost):
        first.fence()


async def test_losing_the_race_for_a_write_is_not_leading() -> None:
    _, store, (first,) = _electors("a")
    assert await first.attempt()
    stale = await store.read()
    assert await first.attempt()
    assert stale is not None
    assert store.lease is not None
    assert stale["metadata"]["resourceVersion"] != store.lease["metadata"]["resourceVersion"]


async def test_no_write_may_take_longer_than_the_leader_surely_leads() -> None:
    clock, _, (first,) = _electors("a")
    assert await first.attempt()
    clock.advance(7)
    assert first.fence() == pytest.approx(3)


@pytest.mark.parametrize("step", [-86_400.0, 86_400.0])
async def test_a_wall_clock_that_is_set_changes_no_leader(step: float) -> None:
    clock, _, (first, second) = _electors("a", "b")
    assert await first.attempt()
    assert not await second.attempt()
    clock.set_wall_clock(step)
    first.fence()
    assert not await second.attempt()
    clock.advance(2)
    assert await first.attempt()
    clock.advance(14)
    assert not await second.attempt()
    clock.advance(15)
    assert await second.attempt()


async def test_a_leader_puts_a_deleted_lease_back_under_a_higher_epoch() -> None:
    clock, store, (first, second) = _electors("a", "b")
    assert await first.attempt()
    await first.release()
    assert await second.attempt()
    epoch = second.epoch
    store.lease = None
    clock.advance(2)
    assert await second.attempt()
    assert second.epoch == epoch + 1
    assert not await first.attempt()


async def test_a_standby_waits_where_the_lease_was_deleted_since_its_holder_may_not_know() -> None:
    clock, store, (first, second) = _electors("a", "b")
    assert await first.attempt()
    assert not await second.attempt()
    store.lease = None
    waited = 0
    while not await second.attempt():
        clock.advance(2)
        waited += 2
    assert waited >= 15
    assert second.epoch > first.epoch
    with pytest.raises(LeadershipLost):
        first.fence()


async def test_readiness_is_leading_or_seeing_the_lease() -> None:
    clock, store, (first, second) = _electors("a", "b")
    assert not second.state().healthy
    assert await first.attempt()
    assert not await second.attempt()
    assert first.state().message == "leading since epoch 1"
    assert second.state().message == "standing by: a holds the Lease, read 0 s ago"
    store.away = True
    clock.advance(16)
    assert not await second.attempt()
    assert not second.state().healthy
    assert not first.state().healthy
