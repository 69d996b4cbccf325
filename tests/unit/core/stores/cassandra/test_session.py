import socket

import pytest

from photo_core.errors import Engine, EngineUnavailable
from photo_core.settings import CassandraSettings, PasswordLogin
from photo_core.stores.cassandra.session import CassandraSession

LOGIN = PasswordLogin("somebody", "a secret")


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_node_that_is_not_there_is_unavailable_each_time_it_is_asked(host: str) -> None:
    session = CassandraSession(CassandraSettings(((host, closed_port()),), LOGIN))
    for _ in range(2):
        with pytest.raises(EngineUnavailable) as caught:
            await session.execute("SELECT now() FROM system.local")
        assert caught.value.engine is Engine.CASSANDRA
        assert "a secret" not in str(caught.value)
    await session.close()
