"""Figure: time to rebuild all active feeds after Redis has lost them.

Run by `bench.feed.run` on empty masters. The rebuild worker detects the loss, plans a run and rebuilds; its rate limit,
which protects readers in production, is removed. The time comes from the row of the run in PostgreSQL.
"""

import asyncio
import random
import time

import asyncpg

from bench import processes
from bench.feed import platform
from bench.feed.context import Bench
from bench.model import Line
from bench.workloads.deliveries import account_id
from bench.workloads.graph import SEED
from hack.steps import StepError, step
from photo_core.domain.feed.layout import feed_key
from photo_core.engines.postgres import postgres_settings
from photo_core.engines.redis import redis_settings
from photo_core.settings import Variable

WORKER = "feed-rebuild"
UNPACED = {Variable.FEED_REBUILDS_PER_SECOND.value: "1000000"}
PATIENCE_SECONDS = 400.0
POLL_SECONDS = 0.2
LOOKED_AT = 200
RUN = """
SELECT planned, extract(epoch FROM progressed_at - started_at)::float8 AS seconds FROM rebuild_runs
WHERE planned_at IS NOT NULL AND handled >= planned AND planned > 0 ORDER BY run_id DESC LIMIT 1
"""


def measure(bench: Bench) -> list[Line]:
    """Measure how long the worker takes to rebuild all feeds."""
    with platform.worker(bench, WORKER, UNPACED) as pid, step("rebuild all active feeds"):
        planned, seconds = asyncio.run(_finished(bench))
        spent = processes.cpu_seconds([pid])
    _require_feeds(bench)
    return [
        Line("rebuild", f"time to rebuild {planned:,} active feeds", "s", seconds),
        Line("rebuild", f"the worker's CPU for {planned:,} active feeds", "s", spent),
    ]


async def _finished(bench: Bench) -> tuple[int, float]:
    """Wait until a run has handled all planned feeds, and return their number and the time."""
    connection = await asyncpg.connect(postgres_settings(bench.source).uri)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < end:
            row = await connection.fetchrow(RUN)
            if row is not None:
                return int(row["planned"]), float(row["seconds"])
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await connection.close()
    raise StepError("rebuild all active feeds", f"not finished after {PATIENCE_SECONDS:.0f} s")


def _require_feeds(bench: Bench) -> None:
    prefix = redis_settings(bench.source).key_prefix
    numbers = random.Random(SEED).sample(range(bench.graph.accounts), min(LOOKED_AT, bench.graph.accounts))
    there = bench.cluster.send([("EXISTS", feed_key(prefix, account_id(number))) for number in numbers])
    if sum(there) < len(numbers):
        raise StepError("check the rebuilt feeds", f"{sum(there)} of {len(numbers)} exist")
