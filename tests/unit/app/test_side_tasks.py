import asyncio

from photo_app.side_tasks import SideTasks
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
