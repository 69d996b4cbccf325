"""Buckets of the tests' own: a running platform's media-ingest passes over their events."""

from msgspec.structs import replace

from photo_core.engines.object_storage import ObjectStorageSettings, object_storage_settings
from photo_core.settings import process_source


def buckets_of_tests() -> ObjectStorageSettings:
    """Return the store of this process's environment, with other buckets than the platform's."""
    return replace(
        object_storage_settings(process_source()),
        bucket_original="test-original",
        bucket_optimized="test-optimized",
        bucket_videos="test-videos",
    )
