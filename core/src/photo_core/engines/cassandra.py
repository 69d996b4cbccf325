"""Cassandra: how pods reach it, and what the operator has to give them for that."""

from enum import StrEnum

from msgspec import Struct

from photo_core.engines.contract import LOGIN_KEYS, EngineContract
from photo_core.errors import Engine
from photo_core.settings import PasswordLogin, Source

DEFAULT_PORT = 9042


class CassandraVariable(StrEnum):
    """Environment variables of Cassandra."""

    HOSTS = "CASSANDRA_HOSTS"  # host or host:port, comma-separated
    LOCAL_DATACENTER = "PHOTO_CASSANDRA_LOCAL_DATACENTER"  # the one whose replicas answer
    KEYSPACE = "PHOTO_CASSANDRA_KEYSPACE"  # where the platform's tables are


class CassandraSettings(Struct, frozen=True):
    """How to reach Cassandra; `hosts` are (host, port)."""

    hosts: tuple[tuple[str, int], ...]
    login: PasswordLogin
    local_datacenter: str = "datacenter1"
    keyspace: str = "photoplatform"


def cassandra_settings(source: Source) -> CassandraSettings:
    """Read how to reach Cassandra."""
    return CassandraSettings(
        hosts=source.addresses(CassandraVariable.HOSTS, DEFAULT_PORT),
        login=source.login(Engine.CASSANDRA.secret_folder),
        local_datacenter=source.text(CassandraVariable.LOCAL_DATACENTER, "datacenter1"),
        keyspace=source.text(CassandraVariable.KEYSPACE, "photoplatform"),
    )


CONTRACT = EngineContract(
    engine=Engine.CASSANDRA,
    required_keys=LOGIN_KEYS,
    read_settings=cassandra_settings,
    variables=tuple(CassandraVariable),
    provision_module="photo_core.stores.cassandra.provision",
)
