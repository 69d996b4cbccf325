"""The environment of pods: which variables a component gets, and their values from the spec. Pure."""

from enum import StrEnum

from photo_core.engines.cassandra import CassandraVariable
from photo_core.engines.contract import contract_of
from photo_core.engines.kafka import KafkaVariable
from photo_core.engines.object_storage import ObjectStorageVariable
from photo_core.engines.redis import RedisVariable
from photo_core.errors import Engine
from photo_core.settings import Variable
from photo_operator.components.catalog import ComponentRecord
from photo_operator.crds.platform import Manifest, Platform


def provisioned_engines(platform: Platform) -> tuple[Engine, ...]:
    """Return the engines that the platform's Job shall prepare."""
    engines = platform.spec.engines
    wanted = {
        Engine.KAFKA: engines.kafka.provision,
        Engine.CASSANDRA: engines.cassandra.provision,
        Engine.POSTGRES: engines.postgres.provision,
        Engine.OBJECT_STORAGE: engines.object_storage.provision,
    }
    return tuple(engine for engine, provision in wanted.items() if provision)


def _engine_values(platform: Platform) -> dict[StrEnum, str]:
    engines = platform.spec.engines
    storage = engines.object_storage
    return {
        KafkaVariable.BOOTSTRAP_SERVERS: engines.kafka.bootstrap_servers,
        KafkaVariable.PREFIX: engines.kafka.prefix,
        KafkaVariable.PARTITION_DIVISOR: str(engines.kafka.partition_divisor),
        RedisVariable.NODES: ",".join(engines.redis.nodes),
        RedisVariable.KEY_PREFIX: engines.redis.key_prefix,
        CassandraVariable.HOSTS: ",".join(engines.cassandra.hosts),
        CassandraVariable.LOCAL_DATACENTER: engines.cassandra.local_datacenter,
        CassandraVariable.KEYSPACE: engines.cassandra.keyspace,
        ObjectStorageVariable.ENDPOINT: storage.endpoint,
        ObjectStorageVariable.PUBLIC_ENDPOINT: storage.public_endpoint or storage.endpoint,
        ObjectStorageVariable.REGION: storage.region,
        ObjectStorageVariable.BUCKET_ORIGINAL: storage.buckets.original,
        ObjectStorageVariable.BUCKET_OPTIMIZED: storage.buckets.optimized,
        ObjectStorageVariable.BUCKET_VIDEOS: storage.buckets.videos,
    }


def _behaviour_values(platform: Platform) -> dict[StrEnum, str]:
    spec = platform.spec
    return {
        Variable.CELEBRITY_THRESHOLD: str(spec.feed.celebrity_threshold),
        Variable.FEED_CAP: str(spec.feed.cap),
        Variable.FEED_INACTIVE_AFTER_DAYS: str(spec.feed.inactive_after_days),
        Variable.FEED_SKIP_FANOUT_AFTER: spec.feed.skip_fanout_after,
        Variable.FEED_REBUILDS_PER_SECOND: str(spec.feed.rebuilds_per_second),
        Variable.MEDIA_MAX_PHOTO_BYTES: str(spec.media.max_photo_bytes),
        Variable.RATE_LIMIT_PER_ACCOUNT: str(spec.api.rate_limits.requests_per_second_per_account),
        Variable.PROVISION: ",".join(provisioned_engines(platform)),
    }


def build_variables(platform: Platform, component: ComponentRecord) -> dict[str, str]:
    """Return the variables of a component, in a fixed order, without those of the downward API."""
    values = _engine_values(platform) | _behaviour_values(platform)
    of_engines = [name for engine in component.engines for name in contract_of(engine).variables]
    chosen = {name.value: values[name] for name in (*of_engines, *component.variables)}
    return {Variable.PLATFORM.value: platform.metadata.name} | chosen


def build_environment(platform: Platform, component: ComponentRecord) -> list[Manifest]:
    """Return the `env` of a component's container."""
    plain: list[Manifest] = [
        {"name": name, "value": value} for name, value in build_variables(platform, component).items()
    ]
    return [
        *plain,
        {"name": Variable.NAMESPACE.value, "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": Variable.POD_NAME.value, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
