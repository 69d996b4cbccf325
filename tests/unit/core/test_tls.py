"""Whom clients talk to over TLS: nobody whose certificate is of another CA or holds another name."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from hack.authority import Pair, make_authority
from photo_core.engines.cassandra import CassandraSettings
from photo_core.engines.object_storage import ObjectStorageSettings, ObjectStorageVariable, object_storage_settings
from photo_core.engines.postgres import PostgresSettings
from photo_core.engines.redis import RedisSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.settings import PasswordLogin, Source
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.postgres.pool import PostgresPool
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command
from photo_core.stores.redis.link import LinkLogin, connect
from photo_core.stores.s3.connection import RenewedClient
from photo_core.stores.s3.storage import S3ObjectStorage
from photo_core.tls import name_to_prove, trust
from tests.support.mounted_secrets import MountedSecrets
from tests.support.tls_servers import server_context, serving, serving_postgres, write_ca

OURS, OTHERS = make_authority("ours"), make_authority("another")
HOST, ELSEWHERE = "localhost", "elsewhere.example"
Ask = Callable[[int, str], Coroutine[None, None, None]]


async def ask_redis(port: int, ca: str) -> None:
    client = RedisClusterClient(RedisSettings(((HOST, port),), PasswordLogin("u", "p", ca)))
    try:
        await client.run(Command(b"k", (b"GET", b"k")))
    finally:
        await client.close()


async def ask_cassandra(port: int, ca: str) -> None:
    session = CassandraSession(CassandraSettings(((HOST, port),), PasswordLogin("u", "p", ca)))
    try:
        await session.execute("SELECT now() FROM system.local")
    finally:
        await session.close()


async def ask_postgres(port: int, ca: str) -> None:
    pool = PostgresPool(PostgresSettings(f"postgresql://u:p@{HOST}:{port}/d", ca))
    try:
        async with pool.connection():
            pytest.fail("nobody answers")
    finally:
        await pool.close()


async def ask_object_storage(port: int, ca: str) -> None:
    endpoint = f"https://{HOST}:{port}"
    await S3ObjectStorage(ObjectStorageSettings(endpoint, endpoint, "id", "key", ca_path=ca)).head_original("photo")


CLIENTS: dict[Engine, Ask] = {
    Engine.REDIS: ask_redis,
    Engine.CASSANDRA: ask_cassandra,
    Engine.POSTGRES: ask_postgres,
    Engine.OBJECT_STORAGE: ask_object_storage,
}


@pytest.mark.parametrize("engine", CLIENTS)
@pytest.mark.parametrize(
    ("certified", "said"),
    [((OTHERS, HOST), ["unable to get local issuer"]), ((OURS, ELSEWHERE), ["mismatch", "doesn't match"])],
    ids=["another CA", "another name"],
)
async def test_a_certificate_that_proves_nothing_is_refused_with_the_reason(
    tmp_path: Path, engine: Engine, certified: tuple[Pair, str], said: list[str]
) -> None:
    authority, name = certified
    context = server_context(tmp_path, authority, name)
    serve = serving_postgres if engine is Engine.POSTGRES else serving
    async with serve(context) as server:
        with pytest.raises(EngineUnavailable) as caught:
            await CLIENTS[engine](server.port, str(write_ca(tmp_path, OURS)))
        assert not server.trusted.is_set()
    assert str(caught.value).startswith(f"{engine}: ")
    assert any(text in str(caught.value) for text in said)


@pytest.mark.parametrize("engine", CLIENTS)
async def test_a_certificate_of_any_ca_of_a_bundle_that_holds_the_name_is_trusted(
    tmp_path: Path, engine: Engine
) -> None:
    serve = serving_postgres if engine is Engine.POSTGRES else serving
    async with serve(server_context(tmp_path, OURS, HOST)) as server:
        asking = asyncio.create_task(CLIENTS[engine](server.port, str(write_ca(tmp_path, OTHERS, OURS))))
        async with asyncio.timeout(10):
            await server.trusted.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


@pytest.mark.parametrize(
    ("host", "seeds", "proves"),
    [
        ("redis-3.redis.db.svc", ("redis.db.svc",), "redis-3.redis.db.svc"),
        ("10.0.0.7", ("redis.db.svc", "other.db.svc"), "redis.db.svc"),
        ("10.0.0.7", ("10.0.0.1", "redis.db.svc"), "redis.db.svc"),
        ("fd00::7", ("redis.db.svc",), "redis.db.svc"),
        ("10.0.0.7", ("10.0.0.1",), "10.0.0.7"),
    ],
)
def test_a_node_proves_its_own_name_or_that_of_its_cluster(host: str, seeds: tuple[str, ...], proves: str) -> None:
    assert name_to_prove(host, seeds) == proves


async def test_a_node_of_redis_that_is_announced_by_address_proves_the_name_of_its_cluster(tmp_path: Path) -> None:
    context = trust(str(write_ca(tmp_path, OURS)))
    async with serving(server_context(tmp_path, OURS, "redis.db.svc")) as server:
        announced = ("127.0.0.1", server.port)
        asking = asyncio.create_task(connect(announced, LinkLogin("u", "p", context, ("redis.db.svc",)), 10.0))
        async with asyncio.timeout(10):
            await server.trusted.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(announced, LinkLogin("u", "p", context, ("other.db.svc",)), 10.0)


def test_a_client_of_the_store_is_made_anew_when_its_keys_were_rotated(tmp_path: Path) -> None:
    secrets = MountedSecrets(tmp_path)
    secrets.mount(Engine.OBJECT_STORAGE.secret_folder, access_key_id="id", secret_access_key="first")
    source = Source({ObjectStorageVariable.ENDPOINT.value: "http://localhost:1"}, tmp_path)
    client = RenewedClient(object_storage_settings(source))
    before = client.current()
    assert client.current() is before
    secrets.mount(Engine.OBJECT_STORAGE.secret_folder, access_key_id="id", secret_access_key="second")
    assert client.current() is not before
