"""Originals and variants in an S3 store: the real `ObjectStorage`.

Built by the API's and the workers' mains. Bodies are held in memory, since a photograph is at most some 20 MiB.
Threads carry boto3's blocking calls; botocore retries them, bounded, and what fails then is `EngineUnavailable`.
"""

import asyncio
import base64
from functools import cached_property
from typing import TYPE_CHECKING

from photo_core.domain.media import Media
from photo_core.domain.media_lifecycle import UPLOAD_VALID_MS, expires_at_ms
from photo_core.engines.object_storage import ObjectStorageSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.media import PresignedUpload, StoredObject
from photo_core.stores.s3.connection import NOT_FOR_EVERYBODY, RenewedClient, answered, connect_as_anybody, found
from photo_core.stores.s3.signing import PutRequest, object_url, signed_put_url

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

IMMUTABLE = "public, max-age=31536000, immutable"


def upload_headers(media: Media) -> dict[str, str]:
    """Return the headers that the client must send by name; it sends Content-Length by itself."""
    headers = {"Content-Type": media.content_type}
    if media.sha256 is not None:
        headers["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(media.sha256)).decode()
    return headers


class S3ObjectStorage:
    """The buckets of one platform."""

    def __init__(self, settings: ObjectStorageSettings) -> None:
        self._settings = settings
        self._client = RenewedClient(settings)

    @cached_property
    def _anybody(self) -> "S3Client":
        return connect_as_anybody(self._settings)

    def presign_upload(self, media: Media) -> PresignedUpload:
        """Sign a PUT of exactly the media's size, type and checksum."""
        headers = upload_headers(media)
        put = PutRequest(
            bucket=self._settings.bucket_original,
            key=media.object_key,
            headers={**headers, "Content-Length": str(media.size_bytes)},
            signed_at_ms=media.created_at_ms,
            valid_s=UPLOAD_VALID_MS // 1000,
        )
        return PresignedUpload("PUT", signed_put_url(self._settings.renewed(), put), headers, expires_at_ms(media))

    async def head_original(self, object_key: str) -> StoredObject | None:
        """Return size and type of an original, or None."""
        bucket = self._settings.bucket_original
        head = await asyncio.to_thread(found, lambda: self._client.current().head_object(Bucket=bucket, Key=object_key))
        return None if head is None else StoredObject(head["ContentLength"], head["ContentType"])

    async def get_original(self, object_key: str) -> bytes | None:
        """Return an original's bytes, or None."""
        return await asyncio.to_thread(found, lambda: self._read(object_key))

    def _read(self, object_key: str) -> bytes:
        answer = self._client.current().get_object(Bucket=self._settings.bucket_original, Key=object_key)
        try:
            return answer["Body"].read()
        except OSError as error:
            raise EngineUnavailable(Engine.OBJECT_STORAGE, f"broke off: {type(error).__name__}") from error

    async def delete_original(self, object_key: str) -> None:
        """Remove an original."""
        bucket = self._settings.bucket_original
        await asyncio.to_thread(found, lambda: self._client.current().delete_object(Bucket=bucket, Key=object_key))

    async def put_variant(self, object_key: str, content_type: str, body: bytes) -> None:
        """Store a variant, cacheable for ever."""
        bucket = self._settings.bucket_optimized
        await asyncio.to_thread(
            answered,
            lambda: self._client.current().put_object(
                Bucket=bucket, Key=object_key, Body=body, ContentType=content_type, CacheControl=IMMUTABLE
            ),
        )

    async def delete_variant(self, object_key: str) -> None:
        """Remove a variant."""
        bucket = self._settings.bucket_optimized
        await asyncio.to_thread(found, lambda: self._client.current().delete_object(Bucket=bucket, Key=object_key))

    async def is_served(self, object_key: str) -> bool:
        """Ask the public endpoint as anybody would."""
        bucket = self._settings.bucket_optimized
        head = await asyncio.to_thread(
            found, lambda: self._anybody.head_object(Bucket=bucket, Key=object_key), NOT_FOR_EVERYBODY
        )
        return head is not None

    def variant_url(self, object_key: str) -> str:
        """Return where everybody can read a variant."""
        return object_url(self._settings, self._settings.bucket_optimized, object_key)
