import asyncio

from structlog.testing import capture_logs

from photo_app.http.side_tasks import SideTasks
from photo_core.errors import Engine, EngineUnavailable


async def test_side_tasks_are_finished_before_the_process_ends() -> None:
    tasks, results = SideTasks(), []

    async def work() -> None:
        await asyncio.sleep(0)
        results.append(1)

    tasks.start(work())
    await tasks.finish()
    assert results == [1]


async def test_an_engine_that_does_not_answer_ends_a_side_task_only() -> None:
    tasks = SideTasks()

    async def work() -> None:
        raise EngineUnavailable(Engine.CASSANDRA, "away")

    tasks.start(work())
    await tasks.finish()


async def test_a_side_task_that_hangs_is_cancelled() -> None:
    tasks, cancelled = SideTasks(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    tasks.start(work())
    await asyncio.wait_for(tasks.finish(0.01), 5)
    assert cancelled.is_set()


async def test_a_side_task_that_raised_is_logged_and_ends_nothing_else() -> None:
    tasks, results = SideTasks(), []

    async def failing() -> None:
        raise ValueError("a mistake")

    async def work() -> None:
        await asyncio.sleep(0)
        results.append(1)

    tasks.start(failing())
    tasks.start(work())
    with capture_logs() as logs:
        await tasks.finish()
    assert results == [1]
    assert [line["event"] for line in logs] == ["side_task_raised"]


async def test_without_side_tasks_there_is_nothing_to_wait_for() -> None:
    await SideTasks().finish()
