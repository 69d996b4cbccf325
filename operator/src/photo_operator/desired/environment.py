"""The environment of pods: which variables a component gets, and their values from the spec. Pure."""

from photo_core.errors import Engine
from photo_core.settings import Variable
from photo_operator.components.catalog import ComponentSpec
from photo_operator.crds.platform import Manifest, Platform

ENGINE_VARIABLES: dict[Engine, tuple[Variable, ...]] = {
    Engine.KAFKA: (Variable.KAFKA_BOOTSTRAP_SERVERS, Variable.KAFKA_PREFIX, Variable.KAFKA_PARTITION_DIVISOR),
    Engine.REDIS: (Variable.REDIS_CLUSTER, Variable.REDIS_KEY_PREFIX),
    Engine.CASSANDRA: (
        Variable.CASSANDRA_HOSTS,
        Variable.CASSANDRA_LOCAL_DATACENTER,
        Variable.CASSANDRA_KEYSPACE,
    ),
    Engine.POSTGRES: (),
    Engine.OBJECT_STORAGE: (
        Variable.S3_ENDPOINT,
        Variable.S3_PUBLIC_ENDPOINT,
        Variable.S3_REGION,
        Variable.S3_BUCKET_ORIGINAL,
        Variable.S3_BUCKET_OPTIMIZED,
        Variable.S3_BUCKET_VIDEOS,
    ),
}


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


def _engine_values(platform: Platform) -> dict[Variable, str]:
    engines = platform.spec.engines
    storage = engines.object_storage
    return {
        Variable.KAFKA_BOOTSTRAP_SERVERS: engines.kafka.bootstrap_servers,
        Variable.KAFKA_PREFIX: engines.kafka.prefix,
        Variable.KAFKA_PARTITION_DIVISOR: str(engines.kafka.partition_divisor),
        Variable.REDIS_CLUSTER: ",".join(engines.redis.nodes),
        Variable.REDIS_KEY_PREFIX: engines.redis.key_prefix,
        Variable.CASSANDRA_HOSTS: ",".join(engines.cassandra.hosts),
        Variable.CASSANDRA_LOCAL_DATACENTER: engines.cassandra.local_datacenter,
        Variable.CASSANDRA_KEYSPACE: engines.cassandra.keyspace,
        Variable.S3_ENDPOINT: storage.endpoint,
        Variable.S3_PUBLIC_ENDPOINT: storage.public_endpoint or storage.endpoint,
        Variable.S3_REGION: storage.region,
        Variable.S3_BUCKET_ORIGINAL: storage.buckets.original,
        Variable.S3_BUCKET_OPTIMIZED: storage.buckets.optimized,
        Variable.S3_BUCKET_VIDEOS: storage.buckets.videos,
    }


def _behaviour_values(platform: Platform) -> dict[Variable, str]:
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


def build_variables(platform: Platform, component: ComponentSpec) -> dict[str, str]:
    """Return the variables of a component, in a fixed order, without those of the downward API."""
    values = _engine_values(platform) | _behaviour_values(platform)
    of_engines = [name for engine in component.engines for name in ENGINE_VARIABLES[engine]]
    chosen = {name.value: values[name] for name in (*of_engines, *component.variables)}
    return {Variable.PLATFORM.value: platform.metadata.name} | chosen


def build_environment(platform: Platform, component: ComponentSpec) -> list[Manifest]:
    """Return the `env` of a component's container."""
    plain: list[Manifest] = [
        {"name": name, "value": value} for name, value in build_variables(platform, component).items()
    ]
    return [
        *plain,
        {"name": Variable.NAMESPACE.value, "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": Variable.POD_NAME.value, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ]
