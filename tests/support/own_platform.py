"""A platform of an integration test's own on the real engines: topics, keyspace and buckets that nobody else reads."""

from msgspec.structs import replace

from photo_core.engines.cassandra import CassandraVariable, cassandra_settings
from photo_core.engines.kafka import KafkaVariable
from photo_core.engines.object_storage import ObjectStorageVariable, object_storage_settings
from photo_core.engines.postgres import postgres_settings
from photo_core.errors import EngineUnavailable
from photo_core.settings import Source, Variable, process_source
from photo_core.stores.cassandra import provision as cassandra_provision
from photo_core.stores.postgres import provision as postgres_provision
from photo_core.stores.s3 import provision as bucket_provision
from tests.support.buckets import buckets_of_tests
from tests.support.engines import contract_keyspace
from tests.support.event_logs import FEW_PARTITIONS, KafkaEventLog, eventually


def source_of_tests(events: KafkaEventLog) -> Source:
    """Return the platform's engines with Kafka topics, a keyspace and buckets of the tests' own."""
    source, buckets = process_source(), buckets_of_tests()
    changed = {
        KafkaVariable.PREFIX: events.settings.prefix,
        KafkaVariable.PARTITION_DIVISOR: str(FEW_PARTITIONS),
        CassandraVariable.KEYSPACE: contract_keyspace().keyspace,
        ObjectStorageVariable.BUCKET_ORIGINAL: buckets.bucket_original,
        ObjectStorageVariable.BUCKET_OPTIMIZED: buckets.bucket_optimized,
        ObjectStorageVariable.BUCKET_VIDEOS: buckets.bucket_videos,
        Variable.METRICS_PORT: "0",
    }
    return replace(source, variables={**source.variables, **changed})


async def provision(source: Source) -> None:
    async def provisioned() -> bool:
        try:
            await cassandra_provision.provision(cassandra_settings(source))
            await postgres_provision.provision(postgres_settings(source))
            await bucket_provision.provision(object_storage_settings(source))
        except EngineUnavailable:
            return False
        return True

    await eventually(provisioned)
