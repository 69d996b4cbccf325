"""Workers that an integration test starts as processes of their own, and must not leave behind."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from photo_core.engines.cassandra import CassandraVariable
from photo_core.engines.kafka import KafkaVariable
from photo_core.settings import Source, Variable
from tests.support.engines import contract_keyspace
from tests.support.event_logs import FEW_PARTITIONS, KafkaEventLog


class WorkerProcesses:
    """Starts workers with one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._started: list[asyncio.subprocess.Process] = []

    async def start(self, worker: str) -> asyncio.subprocess.Process:
        """Start one more process of a worker."""
        process = await asyncio.create_subprocess_exec("photo-workers", "run", worker, env=self._environment)
        self._started.append(process)
        return process

    async def end(self) -> None:
        """Kill those that still run, and wait for all."""
        for process in self._started:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def worker_processes(environment: Mapping[str, str]) -> AsyncIterator[WorkerProcesses]:
    """Provide workers, and end all of them at the end of the test."""
    workers = WorkerProcesses(environment)
    try:
        yield workers
    finally:
        await workers.end()


def environment_with_topics_of(events: KafkaEventLog, source: Source) -> dict[str, str]:
    """Return the environment of workers that read the topics and the keyspace of tests."""
    return {
        **source.variables,
        KafkaVariable.PREFIX: events.settings.prefix,
        KafkaVariable.PARTITION_DIVISOR: str(FEW_PARTITIONS),
        CassandraVariable.KEYSPACE: contract_keyspace().keyspace,
        Variable.METRICS_PORT: "0",
    }
