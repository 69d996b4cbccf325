"""Connections to PostgreSQL across a failover, which a server that refuses to write stands for."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec import structs

from photo_core.engines.postgres import postgres_settings
from photo_core.errors import EngineUnavailable
from photo_core.settings import process_source
from photo_core.stores.postgres.pool import ASKED_OFTEN_SECONDS, PostgresPool
from tests.support.engines import postgres
from tests.support.relay import Relay

pytestmark = pytest.mark.real


async def test_a_server_that_became_read_only_is_unavailable_and_left_for_a_new_connection() -> None:
    async with postgres() as pool:
        async with pool.connection() as connection:
            former = await connection.fetchval("SELECT pg_backend_pid()")
        with pytest.raises(EngineUnavailable):
            async with pool.connection() as connection, connection.transaction(readonly=True):
                await connection.execute("CREATE TABLE never_made (id int)")
        async with pool.connection() as connection:
            assert await connection.fetchval("SELECT pg_backend_pid()") != former


async def test_a_kept_connection_that_is_lost_is_replaced() -> None:
    async with postgres() as pool:
        ((former,),) = await pool.ask_often("SELECT pg_backend_pid()")
        with pytest.raises(EngineUnavailable):
            await pool.ask_often("SELECT pg_terminate_backend(pg_backend_pid())")
        ((pid,),) = await pool.ask_often("SELECT pg_backend_pid()")
        assert pid != former


async def test_questions_asked_often_take_turns() -> None:
    async with postgres() as pool:
        answers = await asyncio.gather(*(pool.ask_often("SELECT $1::bigint", number) for number in range(50)))
        assert [rows[0][0] for rows in answers] == list(range(50))


async def test_nothing_of_a_transaction_is_left_in_a_connection_that_comes_back() -> None:
    async with postgres() as pool:
        async with pool.transaction() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            await connection.execute("SELECT pg_advisory_xact_lock(4711)")
        async with pool.connection() as connection:
            assert await connection.fetchval("SHOW statement_timeout") == "5s"
            assert not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE objid = 4711")


async def ask_by_a_loan(pool: PostgresPool) -> None:
    async with pool.connection() as connection:
        await connection.fetch("SELECT 1")


async def ask_often(pool: PostgresPool) -> None:
    await pool.ask_often("SELECT 1")


@pytest.mark.parametrize("ask", [ask_by_a_loan, ask_often])
async def test_nobody_waits_longer_than_they_want_for_a_server_that_hangs(
    ask: Callable[[PostgresPool], Awaitable[None]],
) -> None:
    settings = postgres_settings(process_source())
    async with Relay.to(settings.uri) as relay:
        pool = PostgresPool(structs.replace(settings, uri=relay.uri, folder=None))
        await ask(pool)
        relay.hang()
        begun = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask(pool), 0.3)
        assert asyncio.get_running_loop().time() - begun < 1.5
        relay.go_on()
        await ask(pool)
        await pool.close()


async def test_a_connection_whose_end_was_announced_but_not_seen_is_unavailable_and_replaced() -> None:
    settings = postgres_settings(process_source())
    async with postgres() as other, Relay.to(settings.uri) as relay:
        pool = PostgresPool(structs.replace(settings, uri=relay.uri, folder=None), max_size=1)
        async with pool.connection() as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
        relay.keep_open()
        async with other.connection() as connection:
            await connection.execute("SELECT pg_terminate_backend($1)", pid)
        await relay.until_ended()
        with pytest.raises(EngineUnavailable):
            await ask_by_a_loan(pool)
        await ask_by_a_loan(pool)
        await pool.close()


async def test_a_question_asked_often_ends_by_itself_and_the_next_has_a_connection_that_answers() -> None:
    async with postgres() as pool:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(EngineUnavailable):
            await pool.ask_often("SELECT pg_sleep(4)")
        ((answer,),) = await pool.ask_often("SELECT 1")
        assert answer == 1
        assert asyncio.get_running_loop().time() - begun < ASKED_OFTEN_SECONDS + 2
