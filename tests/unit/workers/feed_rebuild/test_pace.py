from photo_core.fakes.clock import FakeClock
from photo_workers.feed_rebuild.pace import Pace


async def test_so_many_go_in_a_second_and_no_more() -> None:
    clock = FakeClock()
    started = clock.monotonic()
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(seconds)

    pace = Pace(100, clock, sleep)
    for _ in range(11):
        await pace.wait_for(50)
    assert clock.monotonic() - started == 5.0
    assert waited[0] == 0.0


async def test_time_in_which_nothing_went_is_not_saved_up() -> None:
    clock = FakeClock()
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    pace = Pace(100, clock, sleep)
    await pace.wait_for(100)
    clock.advance(60)
    await pace.wait_for(100)
    await pace.wait_for(1)
    assert waited == [0.0, 0.0, 1.0]
