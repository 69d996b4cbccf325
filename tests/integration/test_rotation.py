"""Passwords are rotated at the real engines under load: whoever connects next takes the new one. Nothing restarts."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from msgspec import structs

from photo_core.engines.cassandra import cassandra_settings
from photo_core.engines.kafka import KafkaSettings, kafka_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.engines.redis import redis_settings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.messages.topics import Topic
from photo_core.ports.events import OutgoingMessage
from photo_core.settings import PasswordLogin, Source, process_source
from photo_core.stores.cassandra.session import CassandraSession
from photo_core.stores.postgres.pool import PostgresPool
from photo_core.stores.redis.client import RedisClusterClient
from photo_core.stores.redis.exchange import Command
from photo_core.streams.client import client_config
from photo_core.streams.publisher import open_publisher
from tests.support.cluster_nodes import ClusterNodes
from tests.support.engines import postgres
from tests.support.event_logs import eventually
from tests.support.mounted_secrets import MountedSecrets

pytestmark = pytest.mark.real
SECONDS = 20.0
SCRAM = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
CONNECTIONS = 4  # of the pool under load, and at once as many requests
Ask = Callable[[], Awaitable[object]]


@pytest.fixture
def mounted(tmp_path: Path) -> MountedSecrets:
    return MountedSecrets(tmp_path)


class Load:
    """Asks all the time, and counts the answers and the failures since it was asked to."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.answered = 0
        self.failed = 0

    async def run(self) -> None:
        while True:
            try:
                await self._ask()
                self.answered += 1
            except EngineUnavailable:
                self.failed += 1
            await asyncio.sleep(0.005)

    async def goes_on(self) -> None:
        """Wait until as many requests as there are connections were answered again."""
        wanted = self.answered + 10 * CONNECTIONS

        async def answered() -> bool:
            return self.answered >= wanted

        await eventually(answered, SECONDS)


@asynccontextmanager
async def under_load(ask: Ask) -> AsyncIterator[Load]:
    load = Load(ask)
    asking = [asyncio.create_task(load.run()) for _ in range(CONNECTIONS)]
    try:
        await load.goes_on()
        yield load
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


def trusted_by(ca_path: str | None) -> dict[str, str]:
    """Return the CA that is trusted, as a Secret holds it."""
    return {"ca.crt": Path(ca_path).read_text()} if ca_path else {}


def new_login(mounted: MountedSecrets, secret: str, known: PasswordLogin, username: str) -> PasswordLogin:
    """Mount a user with a new password, beside the CA that is trusted."""
    mounted.mount(secret, username=username, password=secrets.token_hex(16), **trusted_by(known.ca_path))
    return Source({}, mounted.folder).login(secret)


async def test_postgres_takes_another_password_and_only_what_was_cut_off_fails(mounted: MountedSecrets) -> None:
    settings, name = postgres_settings(process_source()), f"rotated_{secrets.token_hex(4)}"

    def mount(password: str) -> None:
        parts = urlsplit(settings.uri)
        host = parts.netloc.rpartition("@")[2]
        uri = urlunsplit(parts._replace(netloc=f"{name}:{quote(password)}@{host}"))
        mounted.mount(Engine.POSTGRES.secret_folder, uri=uri, **trusted_by(settings.ca_path))

    async with postgres() as owner, owner.connection() as admin:
        await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'first'")
        try:
            mount("first")
            pool = PostgresPool(postgres_settings(Source({}, mounted.folder)), CONNECTIONS)

            async def ask() -> None:
                async with pool.connection() as connection:
                    await connection.fetchval("SELECT 1")

            async with under_load(ask) as load:
                await admin.execute(f"ALTER ROLE {name} PASSWORD 'second'")
                mount("second")
                await load.goes_on()
                assert load.failed == 0
                await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", name)
                await load.goes_on()
                assert load.failed <= CONNECTIONS
            await pool.close()
        finally:
            await admin.execute(f"DROP ROLE {name}")


async def test_redis_takes_another_password_and_only_what_was_cut_off_fails(mounted: MountedSecrets) -> None:
    settings, name = redis_settings(process_source()), f"rotated-{secrets.token_hex(4)}"
    nodes = ClusterNodes()
    first = new_login(mounted, Engine.REDIS.secret_folder, settings.login, name)
    await nodes.everywhere("ACL", "SETUSER", name, "on", f">{first.password}", "~*", "&*", "+@all")
    client = RedisClusterClient(structs.replace(settings, login=first))
    key = f"{settings.key_prefix}rotation:{name}".encode()
    try:
        async with under_load(lambda: client.run(Command(key, (b"GET", key)))) as load:
            second = new_login(mounted, Engine.REDIS.secret_folder, settings.login, name)
            await nodes.everywhere("ACL", "SETUSER", name, f">{second.password}", f"<{first.password}")
            await load.goes_on()
            assert load.failed == 0
            await nodes.everywhere("CLIENT", "KILL", "USER", name)
            await load.goes_on()
            assert load.failed <= CONNECTIONS
    finally:
        await client.close()
        await nodes.everywhere("ACL", "DELUSER", name)
        await nodes.close()


async def test_a_producer_whose_login_kafka_refuses_goes_on_once_the_right_one_is_mounted(
    mounted: MountedSecrets,
) -> None:
    # the same user each time, never deleted: Kafka 4.2.0 refuses every login after its next start if one was
    settings, name = kafka_settings(process_source()), "rotated"
    outdated = new_login(mounted, Engine.KAFKA.secret_folder, settings.login, name)
    right = new_login(mounted, Engine.KAFKA.secret_folder, settings.login, name)
    mounted.mount(
        Engine.KAFKA.secret_folder, username=name, password=outdated.password, **trusted_by(settings.login.ca_path)
    )
    await set_scram_password(settings, name, right.password)
    message = OutgoingMessage(Topic.MEDIA_PROCESSED, "rotation", b"{}")
    try:
        async with open_publisher(structs.replace(settings, login=outdated), "rotation") as publisher:
            publishing = asyncio.create_task(publisher.publish([message]))
            done, _ = await asyncio.wait([publishing], timeout=2.0)
            assert not done
            mounted.mount(
                Engine.KAFKA.secret_folder, username=name, password=right.password, **trusted_by(settings.login.ca_path)
            )
            async with asyncio.timeout(SECONDS):
                await publishing
    finally:
        await set_scram_password(settings, name, secrets.token_hex(16))


async def set_scram_password(settings: KafkaSettings, name: str, password: str) -> None:
    admin = AdminClient(client_config(settings, "rotation"))
    change = UserScramCredentialUpsertion(name, SCRAM, password.encode())
    for each in admin.alter_user_scram_credentials([change]).values():
        await asyncio.to_thread(each.result, SECONDS)


async def test_cassandra_is_logged_in_to_with_what_is_mounted_now(mounted: MountedSecrets) -> None:
    settings, name = cassandra_settings(process_source()), f"rotated_{secrets.token_hex(4)}"
    trusted = trusted_by(settings.login.ca_path)
    right = new_login(mounted, Engine.CASSANDRA.secret_folder, settings.login, name)
    outdated = new_login(mounted, Engine.CASSANDRA.secret_folder, settings.login, name)
    admin, session = CassandraSession(settings), CassandraSession(structs.replace(settings, login=outdated))

    async def answered() -> bool:
        with suppress(EngineUnavailable):
            return bool(await session.execute("SELECT now() FROM system.local"))
        return False

    try:
        await admin.execute(f"CREATE ROLE {name} WITH LOGIN = true AND PASSWORD = '{right.password}'")
        assert not await answered()
        mounted.mount(Engine.CASSANDRA.secret_folder, username=name, password=right.password, **trusted)
        await eventually(answered, SECONDS)
    finally:
        await admin.execute(f"DROP ROLE IF EXISTS {name}")
        await session.close()
        await admin.close()
