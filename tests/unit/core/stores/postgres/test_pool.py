import socket

import pytest

from photo_core.engines.postgres import PostgresSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores.postgres.pool import PostgresPool


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_server_that_is_not_there_is_unavailable_each_time_it_is_asked(host: str) -> None:
    pool = PostgresPool(PostgresSettings(f"postgresql://somebody:secret@{host}:{closed_port()}/db"))
    for _ in range(2):
        with pytest.raises(EngineUnavailable) as caught:
            async with pool.connection():
                pytest.fail("there is no server")
        assert caught.value.engine is Engine.POSTGRES
        assert "secret" not in str(caught.value)
    await pool.close()
