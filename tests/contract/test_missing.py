"""What a platform that must not prepare an engine says of it: all that is missing, and nothing is made."""

import secrets

import msgspec
import pytest

from photo_core.engines.kafka import kafka_settings
from photo_core.engines.object_storage import object_storage_settings
from photo_core.settings import process_source
from photo_core.stores.cassandra import provision as cassandra
from photo_core.stores.postgres import provision as postgres
from photo_core.stores.s3 import provision as s3
from photo_core.streams import provision as kafka
from tests.support.engines import contract_keyspace, own_tables

pytestmark = pytest.mark.real


async def test_topics_under_a_prefix_that_nobody_has_used_are_missing_and_stay_so() -> None:
    settings = msgspec.structs.replace(kafka_settings(process_source()), prefix=f"test-{secrets.token_hex(4)}.")
    missing = await kafka.missing(settings)
    assert f"topic {settings.prefix}posts.created" in missing
    assert await kafka.missing(settings) == missing
    assert await kafka.missing(kafka_settings(process_source())) == ()


async def test_a_keyspace_that_is_not_there_lacks_every_migration_and_stays_away() -> None:
    settings = msgspec.structs.replace(contract_keyspace(), keyspace=f"test_{secrets.token_hex(4)}")
    missing = await cassandra.missing(settings)
    assert missing[0] == "migration 0001_posts"
    assert await cassandra.missing(settings) == missing
    await cassandra.provision(contract_keyspace())
    assert await cassandra.missing(contract_keyspace()) == ()


async def test_a_database_without_tables_lacks_every_migration_until_they_are_applied() -> None:
    async with own_tables() as settings:
        assert await postgres.missing(settings) == ()
        nowhere = msgspec.structs.replace(settings, uri=settings.uri.replace("search_path=", "search_path=no_"))
        missing = await postgres.missing(nowhere)
        assert missing[0] == "migration 0001_accounts"
        assert await postgres.missing(nowhere) == missing


async def test_buckets_that_are_not_there_are_named_and_not_made() -> None:
    settings = object_storage_settings(process_source())
    lacking = msgspec.structs.replace(settings, bucket_videos=f"test-{secrets.token_hex(8)}")
    assert await s3.missing(lacking) == (f"bucket {lacking.bucket_videos}",)
    assert await s3.missing(lacking) == (f"bucket {lacking.bucket_videos}",)
    assert await s3.missing(settings) == ()
