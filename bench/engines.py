"""Connects to the platform's engines from this host, with a database, keyspace and topics of the benchmark's own.

Called by `bench.feed.run`. Addresses and Secrets of the engines are read from the API's Deployment. Database, keyspace,
topics and keys have the name `bench` and are removed at the end; Redis is a separate cluster. Needs `make up` and a
host that reaches the Services of the cluster, such as a node from packages.
"""

import asyncio
import base64
import contextlib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from confluent_kafka.admin import AdminClient
from kubernetes import client, config
from msgspec import Struct

from bench.redis_cluster import USER, HostCluster
from hack import paths
from hack.integration import API, NAMESPACE
from hack.steps import step
from photo_core.engines.cassandra import CassandraSettings, CassandraVariable, cassandra_settings
from photo_core.engines.kafka import KafkaVariable, kafka_settings
from photo_core.engines.redis import RedisVariable
from photo_core.errors import Engine
from photo_core.settings import Source, Variable, process_source
from photo_core.streams.client import client_config

Json = dict[str, Any]
NAME = "bench"
MOUNTED_AS = "secret-"
# variables that the operator sets for pods and the benchmark overrides
OVERRIDES: Mapping[StrEnum, str] = {
    KafkaVariable.PREFIX: f"{NAME}.",
    RedisVariable.KEY_PREFIX: f"{NAME}:",
    CassandraVariable.KEYSPACE: NAME,
    Variable.POD_NAME: NAME,
    Variable.NAMESPACE: NAMESPACE,
    Variable.PROVISION: "kafka,cassandra,postgres",
    Variable.RATE_LIMIT_PER_ACCOUNT: "1000000",  # the load of the benchmark must not be limited
    Variable.CELEBRITY_THRESHOLD: "10000",
    Variable.LOG_LEVEL: "WARNING",
}


class Described(Struct, frozen=True):
    """What was read from the cluster: the variables of the API, and its Secrets by mount path."""

    variables: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, bytes]]


def build_described(deployment: Json, secrets: Mapping[str, Mapping[str, str]]) -> Described:
    """Return the environment and Secrets of an API pod.

    Args:
        deployment: the manifest from the Kubernetes API.
        secrets: the data of each Secret by name, in base64.
    """
    pod = deployment["spec"]["template"]["spec"]
    folders = {
        volume["name"].removeprefix(MOUNTED_AS): volume["secret"]["secretName"]
        for volume in pod["volumes"]
        if volume["name"].startswith(MOUNTED_AS)
    }
    return Described(
        variables={one["name"]: one["value"] for one in pod["containers"][0]["env"] if one.get("value") is not None},
        secrets={
            folder: {key: base64.b64decode(value) for key, value in secrets[name].items()}
            for folder, name in folders.items()
        },
    )


def in_own_database(uri: str) -> str:
    """Return the PostgreSQL URI with the database of the benchmark."""
    return urlunsplit(urlsplit(uri)._replace(path=f"/{NAME}"))


def host_environment() -> dict[str, str]:
    """Return the environment of this process, which child processes inherit."""
    return dict(process_source().variables)


def own_redis(cluster: HostCluster, folder: Path) -> dict[str, str]:
    """Return an environment that contains only the address and credentials of the benchmark's Redis."""
    login = {"username": USER.encode(), "password": cluster.password.encode()}
    _write_secret(folder, Engine.REDIS.secret_folder, login)
    return host_environment() | {
        "PHOTO_SECRETS_DIR": str(folder),
        RedisVariable.NODES: cluster.nodes,
        RedisVariable.KEY_PREFIX: f"{NAME}:",
    }


@contextlib.contextmanager
def opened(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the environment of a pod; the benchmark's database, keyspace and topics exist until the block ends.

    Args:
        environment: the result of `own_redis`, to which the other engines are added.
    """
    folder = Path(environment["PHOTO_SECRETS_DIR"])
    with step("read from the cluster how its engines are reached"):
        described = _describe()
    for name, values in described.secrets.items():
        if name != Engine.REDIS.secret_folder:
            _write_secret(folder, name, values)
    uri = described.secrets[Engine.POSTGRES.secret_folder]["uri"].decode()
    _write_secret(folder, Engine.POSTGRES.secret_folder, {"uri": in_own_database(uri).encode()})
    whole = {**described.variables, **environment, **{name.value: value for name, value in OVERRIDES.items()}}
    source = Source(whole, folder)
    _remove(source, uri)
    asyncio.run(_execute(uri, f'CREATE DATABASE "{NAME}"'))
    try:
        yield whole
    finally:
        with step("remove the benchmark's database, keyspace and topics"):
            _remove(source, uri)


def _describe() -> Described:
    api = config.new_client_from_config(str(paths.KUBECONFIG))
    core, apps = client.CoreV1Api(api), client.AppsV1Api(api)
    deployment = api.sanitize_for_serialization(apps.read_namespaced_deployment(API, NAMESPACE))
    secrets = core.list_namespaced_secret(NAMESPACE).items
    return build_described(deployment, {secret.metadata.name: secret.data or {} for secret in secrets})


def _write_secret(folder: Path, name: str, values: Mapping[str, bytes]) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    for key, value in values.items():
        file = folder / name / key
        file.touch(mode=0o600)
        file.write_bytes(value)


def _remove(source: Source, uri: str) -> None:
    asyncio.run(_execute(uri, f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)'))
    _drop_keyspace(cassandra_settings(source))
    kafka = kafka_settings(source)
    admin = AdminClient(client_config(kafka, NAME))
    topics = [name for name in admin.list_topics(timeout=10).topics if name.startswith(kafka.prefix)]
    if topics:
        for deleted in admin.delete_topics(topics).values():
            deleted.result()


def _drop_keyspace(settings: CassandraSettings) -> None:
    from photo_core.stores.cassandra.session import build_cluster

    cluster = build_cluster(settings)
    try:
        cluster.connect().execute(f"DROP KEYSPACE IF EXISTS {settings.keyspace}", timeout=60)
    finally:
        cluster.shutdown()


async def _execute(uri: str, statement: str) -> None:
    connection = await asyncpg.connect(uri)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
