"""Worker numbers on a real PostgreSQL: what the contract suite cannot show without waiting two hours."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from photo_core.stores.postgres.pool import PostgresPool
from photo_core.stores.postgres.worker_ids import PostgresWorkerIdLeases
from tests.support.engines import postgres

pytestmark = pytest.mark.real

FREE = "SELECT count(*) FROM worker_id_leases WHERE leased_at < now() - interval '2 hours'"
AGE = "UPDATE worker_id_leases SET leased_at = now() - interval '2 hours 1 second' WHERE holder = $1"


@pytest.fixture
async def pool() -> AsyncIterator[PostgresPool]:
    async with postgres() as opened:
        yield opened


async def test_processes_that_start_at_once_get_different_numbers(pool: PostgresPool) -> None:
    leases = PostgresWorkerIdLeases(pool)
    numbers = await asyncio.gather(*(leases.lease(secrets.token_hex(8)) for _ in range(12)))
    assert len(set(numbers)) == 12


async def test_a_number_is_free_again_two_hours_after_its_lease(pool: PostgresPool) -> None:
    leases, gone = PostgresWorkerIdLeases(pool), secrets.token_hex(8)
    number = await leases.lease(gone)
    async with pool.connection() as connection:
        await connection.execute(AGE, gone)
        free = await connection.fetchval(FREE)  # also what earlier runs have left
    taken = [await leases.lease(secrets.token_hex(8)) for _ in range(free)]
    assert number in taken
    assert await leases.lease(gone) != number
