import asyncio

from photo_operator.loops import repeat


async def test_a_round_that_raises_is_told_and_followed_by_another() -> None:
    rounds: list[int] = []
    told: list[Exception] = []
    enough = asyncio.Event()

    async def once() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise RuntimeError("unexpected")
        enough.set()

    task = asyncio.create_task(repeat(once, 0, told.append))
    async with asyncio.timeout(5):
        await enough.wait()
    task.cancel()
    assert [str(error) for error in told] == ["unexpected"]
