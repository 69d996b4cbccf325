"""The object store: how pods reach it, and what the operator has to give them for that."""

from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from photo_core.engines.contract import EngineContract
from photo_core.errors import Engine
from photo_core.mounted import Mounted
from photo_core.settings import Source, renewed_or_kept

ACCESS_KEYS = ("access_key_id", "secret_access_key")


class ObjectStorageVariable(StrEnum):
    """Environment variables of the object store."""

    ENDPOINT = "PHOTO_S3_ENDPOINT"  # as pods reach it
    PUBLIC_ENDPOINT = "PHOTO_S3_PUBLIC_ENDPOINT"  # as users reach it: upload and variant URLs
    REGION = "PHOTO_S3_REGION"  # what requests are signed for
    BUCKET_ORIGINAL = "PHOTO_S3_BUCKET_ORIGINAL"  # uploads as they came
    BUCKET_OPTIMIZED = "PHOTO_S3_BUCKET_OPTIMIZED"  # variants, read by everybody
    BUCKET_VIDEOS = "PHOTO_S3_BUCKET_VIDEOS"  # prepared for videos


class ObjectStorageSettings(Struct, frozen=True):
    """How to reach the S3 store, from pods and from users."""

    endpoint: str
    public_endpoint: str
    access_key_id: str
    secret_access_key: str
    region: str = "us-east-1"
    bucket_original: str = "original"
    bucket_optimized: str = "optimized"
    bucket_videos: str = "videos"
    ca_path: str | None = None
    folder: Path | None = None  # where the keys are mounted

    def __repr__(self) -> str:
        """Show where, never the keys."""
        return f"ObjectStorageSettings(endpoint={self.endpoint!r})"

    def renewed(self) -> "ObjectStorageSettings":
        """Return them with the keys that are mounted now."""
        return self if self.folder is None else renewed_or_kept(self, self._with_keys, self.folder)

    def _with_keys(self, folder: Path) -> "ObjectStorageSettings":
        return msgspec.structs.replace(self, **_mounted_keys(folder))


def _mounted_keys(folder: Path) -> dict[str, str | None]:
    mounted = Mounted(folder)
    return {**{name: mounted.key(name) for name in ACCESS_KEYS}, "ca_path": mounted.ca_path}


def object_storage_settings(source: Source) -> ObjectStorageSettings:
    """Read how to reach the S3 store."""
    endpoint = source.text(ObjectStorageVariable.ENDPOINT)
    folder = source.secrets / Engine.OBJECT_STORAGE.secret_folder
    mounted = Mounted(folder)
    return ObjectStorageSettings(
        endpoint=endpoint,
        public_endpoint=source.text(ObjectStorageVariable.PUBLIC_ENDPOINT, endpoint),
        access_key_id=mounted.key("access_key_id"),
        secret_access_key=mounted.key("secret_access_key"),
        region=source.text(ObjectStorageVariable.REGION, "us-east-1"),
        bucket_original=source.text(ObjectStorageVariable.BUCKET_ORIGINAL, "original"),
        bucket_optimized=source.text(ObjectStorageVariable.BUCKET_OPTIMIZED, "optimized"),
        bucket_videos=source.text(ObjectStorageVariable.BUCKET_VIDEOS, "videos"),
        ca_path=mounted.ca_path,
        folder=folder,
    )


CONTRACT = EngineContract(
    engine=Engine.OBJECT_STORAGE,
    required_keys=ACCESS_KEYS,
    read_settings=object_storage_settings,
    variables=tuple(ObjectStorageVariable),
    provision_module="photo_core.stores.s3.provision",
)
