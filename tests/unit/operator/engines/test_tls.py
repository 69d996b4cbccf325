"""What the probes say of engines that do not prove who they are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hack.authority import Pair, make_authority
from photo_core.errors import Engine
from photo_operator.conditions import Reason
from photo_operator.crds import engines as crds
from photo_operator.crds.base import SecretRef
from photo_operator.engines.cassandra import CassandraProbe
from photo_operator.engines.kafka import KafkaProbe
from photo_operator.engines.model import Credentials, Probe
from photo_operator.engines.object_storage import ObjectStorageProbe
from photo_operator.engines.postgres import PostgresProbe
from photo_operator.engines.redis import RedisProbe
from tests.support.tls_servers import server_context, serving, serving_postgres

OURS, OTHERS = make_authority("ours"), make_authority("another")
SECRET = SecretRef("s")


def credentials(**values: str) -> Credentials:
    return Credentials({"username": "u", "password": "p", "ca.crt": OURS.certificate_pem.decode(), **values})


PROBES: dict[Engine, Callable[[int], Probe]] = {
    Engine.KAFKA: lambda port: KafkaProbe(crds.Kafka(f"localhost:{port}", SECRET), credentials()),
    Engine.REDIS: lambda port: RedisProbe(crds.Redis((f"localhost:{port}",), SECRET), credentials()),
    Engine.CASSANDRA: lambda port: CassandraProbe(crds.Cassandra((f"localhost:{port}",), SECRET), credentials()),
    Engine.POSTGRES: lambda port: PostgresProbe(
        crds.Postgres(SECRET), credentials(uri=f"postgresql://u:p@localhost:{port}/d")
    ),
    Engine.OBJECT_STORAGE: lambda port: ObjectStorageProbe(
        crds.ObjectStorage(f"https://localhost:{port}", SECRET), credentials(access_key_id="i", secret_access_key="k")
    ),
}


@pytest.mark.parametrize("engine", PROBES)
@pytest.mark.parametrize(
    ("authority", "name"), [(OTHERS, "localhost"), (OURS, "elsewhere.example")], ids=["another CA", "another name"]
)
async def test_a_certificate_that_proves_nothing_is_a_reason_of_its_own(
    tmp_path: Path, engine: Engine, authority: Pair, name: str
) -> None:
    serve = serving_postgres if engine is Engine.POSTGRES else serving
    async with serve(server_context(tmp_path, authority, name)) as server:
        probe = PROBES[engine](server.port)
        health = await probe.probe()
        await probe.close()
    assert health.reason is Reason.CERTIFICATE_REFUSED
    assert health.message.startswith(f"{engine} at ")
    assert "ca.crt" in health.next_step
