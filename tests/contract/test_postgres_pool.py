"""Connections to PostgreSQL across a failover, which a server that refuses to write stands for."""

import asyncio

import pytest

from photo_core.errors import EngineUnavailable
from tests.support.engines import postgres

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
