"""`spec.engines`: one record per engine, from which the operator derives everything that it does about the engine.

A record holds the fields of its block in the resource and says what follows from them: environment variables, ports,
the address that is probed, how often. What pods and the operator agree on is the record's contract, in
`photo_core.engines`. An engine whose block is None is absent: it has no Secret, no probe, no port, no variable and no
part in the status. docs/how-to/add-an-engine.md says how to add one. Pure.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from photo_core.engines import cassandra, kafka, object_storage, postgres, redis
from photo_core.engines.cassandra import CassandraVariable
from photo_core.engines.contract import EngineContract
from photo_core.engines.kafka import KafkaVariable
from photo_core.engines.object_storage import ObjectStorageVariable
from photo_core.engines.redis import RedisVariable
from photo_core.errors import Engine
from photo_core.settings import parse_addresses
from photo_operator.crds.base import SecretRef, Spec

Variables = Mapping[StrEnum, str]


class EngineRecord(Protocol):
    """What the operator knows of one engine of one platform.

    Attributes:
        contract: what pods and the operator agree on about the engine.
        probe_interval_seconds: how often the operator probes it.
    """

    contract: ClassVar[EngineContract]
    probe_interval_seconds: ClassVar[float]

    @property
    def secret_ref(self) -> SecretRef:
        """The Secret that holds its credentials."""
        ...

    @property
    def provision(self) -> bool:
        """Whether the provisioning Job prepares it."""
        ...

    @property
    def address(self) -> object:
        """What a probe connects to: platforms with the same address and credentials share one."""
        ...

    def variables(self) -> Variables:
        """Return the environment variables of pods that use it."""
        ...

    def ports(self, secret: Mapping[str, str]) -> frozenset[int]:
        """Return the TCP ports that pods reach it at; `secret` is the content of its Secret."""
        ...


class Kafka(Spec, frozen=True):
    """How to reach Kafka."""

    contract: ClassVar[EngineContract] = kafka.CONTRACT
    probe_interval_seconds: ClassVar[float] = 5.0

    bootstrap_servers: str
    secret_ref: SecretRef
    prefix: str = ""
    provision: bool = True
    partition_divisor: int = 1

    @property
    def address(self) -> object:
        """The bootstrap servers."""
        return self.bootstrap_servers

    def variables(self) -> Variables:
        """Return where Kafka is and what the names of topics begin with."""
        return {
            KafkaVariable.BOOTSTRAP_SERVERS: self.bootstrap_servers,
            KafkaVariable.PREFIX: self.prefix,
            KafkaVariable.PARTITION_DIVISOR: str(self.partition_divisor),
        }

    def ports(self, secret: Mapping[str, str]) -> frozenset[int]:
        """Return the ports of the bootstrap servers."""
        del secret
        return _ports_of(self.bootstrap_servers.split(","), kafka.DEFAULT_PORT)


class Redis(Spec, frozen=True):
    """How to reach the Redis Cluster."""

    contract: ClassVar[EngineContract] = redis.CONTRACT
    probe_interval_seconds: ClassVar[float] = 1.0  # a lost master has to be known within seconds

    nodes: tuple[str, ...]
    secret_ref: SecretRef
    key_prefix: str = ""

    @property
    def provision(self) -> bool:
        """False: nothing has to be prepared in Redis."""
        return False

    @property
    def address(self) -> object:
        """The nodes that the resource names."""
        return self.nodes

    def variables(self) -> Variables:
        """Return where to learn the topology and what keys begin with."""
        return {RedisVariable.NODES: ",".join(self.nodes), RedisVariable.KEY_PREFIX: self.key_prefix}

    def ports(self, secret: Mapping[str, str]) -> frozenset[int]:
        """Return the ports of the nodes."""
        del secret
        return _ports_of(self.nodes, redis.DEFAULT_PORT)


class Cassandra(Spec, frozen=True):
    """How to reach Cassandra."""

    contract: ClassVar[EngineContract] = cassandra.CONTRACT
    probe_interval_seconds: ClassVar[float] = 2.0  # runbooks judge from the probes' durations whether it is slow

    hosts: tuple[str, ...]
    secret_ref: SecretRef
    local_datacenter: str = "datacenter1"
    keyspace: str = "photoplatform"
    provision: bool = True

    @property
    def address(self) -> object:
        """The contact points."""
        return self.hosts

    def variables(self) -> Variables:
        """Return the contact points and where the tables are."""
        return {
            CassandraVariable.HOSTS: ",".join(self.hosts),
            CassandraVariable.LOCAL_DATACENTER: self.local_datacenter,
            CassandraVariable.KEYSPACE: self.keyspace,
        }

    def ports(self, secret: Mapping[str, str]) -> frozenset[int]:
        """Return the ports of the contact points."""
        del secret
        return _ports_of(self.hosts, cassandra.DEFAULT_PORT)


class Postgres(Spec, frozen=True):
    """How to reach PostgreSQL: the URI is in the Secret."""

    contract: ClassVar[EngineContract] = postgres.CONTRACT
    probe_interval_seconds: ClassVar[float] = 10.0

    secret_ref: SecretRef
    provision: bool = True

    @property
    def address(self) -> object:
        """Nothing: the credentials hold it."""
        return ""

    def variables(self) -> Variables:
        """Return none: pods read the URI from the mounted Secret."""
        return {}

    def ports(self, secret: Mapping[str, str]) -> frozenset[int]:
        """Return the port of the URI."""
        return frozenset({postgres.port_of(secret.get(postgres.URI_KEY, ""))})


class Buckets(Spec, frozen=True):
    """Names of the buckets."""

    original: str = "original"
    optimized: str = "optimized"
    videos: str = "videos"


class ObjectStorage(Spec, frozen=True):
    """How to reach the S3 store."""

    contract: ClassVar[EngineContract] = object_storage.CONTRACT
    probe_interval_seconds: ClassVar[float] = 2.0

    endpoint: str
    secret_ref: SecretRef
    public_endpoint: str | None = None
    region: str = "us-east-1"
    buckets: Buckets = Buckets()
    provision: bool = True

    @property
    def address(self) -> object:
        """The endpoint, and the region that requests are signed for."""
        return self.endpoint, self.region

    @property
    def endpoint_of_users(self) -> str:
        """The endpoint that uploads and downloads of users go to."""
        return self.public_endpoint or self.endpoint

    @property
    def port_of_users(self) -> int:
        """The port of that endpoint."""
        return _port_of_url(self.endpoint_of_users)

    def variables(self) -> Variables:
        """Return both endpoints, the region and the buckets."""
        return {
            ObjectStorageVariable.ENDPOINT: self.endpoint,
            ObjectStorageVariable.PUBLIC_ENDPOINT: self.endpoint_of_users,
            ObjectStorageVariable.REGION: self.region,
            ObjectStorageVariable.BUCKET_ORIGINAL: self.buckets.original,
            ObjectStorageVariable.BUCKET_OPTIMIZED: self.buckets.optimized,
            ObjectStorageVariable.BUCKET_VIDEOS: self.buckets.videos,
        }

    def ports(self, secret: Mapping[str, str]) -> frozenset[int]:
        """Return the port of the endpoint."""
        del secret
        return frozenset({_port_of_url(self.endpoint)})


class Engines(Spec, frozen=True):
    """The engines that a platform uses; an optional one is `None` unless the resource names it."""

    kafka: Kafka
    redis: Redis
    cassandra: Cassandra
    postgres: Postgres
    object_storage: ObjectStorage

    def by_name(self) -> dict[Engine, EngineRecord]:
        """Return the records of the engines that the resource names, in the order of the fields."""
        blocks: list[EngineRecord | None] = [getattr(self, field) for field in self.__struct_fields__]
        return {block.contract.engine: block for block in blocks if block is not None}


def _ports_of(addresses: Iterable[str], default: int) -> frozenset[int]:
    return frozenset(port for _, port in parse_addresses(addresses, default))


def _port_of_url(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
