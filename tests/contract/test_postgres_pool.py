"""Connections to PostgreSQL across a failover, which a server that refuses to write stands for."""

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
