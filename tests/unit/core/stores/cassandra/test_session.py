import asyncio
import socket

import pytest
from prometheus_client import REGISTRY

from photo_core.breaker import EngineGuard
from photo_core.engines.cassandra import CassandraSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.settings import PasswordLogin
from photo_core.stores.cassandra.session import CassandraSession

LOGIN = PasswordLogin("somebody", "a secret")


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def failures() -> float:
    return REGISTRY.get_sample_value("engine_failures_total", {"engine": Engine.CASSANDRA}) or 0.0


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_node_that_is_not_there_is_unavailable_each_time_it_is_asked(host: str) -> None:
    session = CassandraSession(CassandraSettings(((host, closed_port()),), LOGIN))
    for _ in range(2):
        with pytest.raises(EngineUnavailable) as caught:
            await session.execute("SELECT now() FROM system.local")
        assert caught.value.engine is Engine.CASSANDRA
        assert "a secret" not in str(caught.value)
    await session.close()


async def test_what_fails_is_counted_once_a_call() -> None:
    before = failures()
    session = CassandraSession(CassandraSettings((("127.0.0.1", closed_port()),), LOGIN))
    guard = EngineGuard(Engine.CASSANDRA, lambda: session.execute("SELECT now() FROM system.local"), 5.0)
    await guard.probe()
    assert failures() == before + 1
    await session.close()


async def test_a_call_that_takes_too_long_for_its_guard_is_counted() -> None:
    before = failures()
    await EngineGuard(Engine.CASSANDRA, asyncio.Event().wait, 0.01).probe()
    assert failures() == before + 1
