"""Buckets, the public-read policy of variants, and CORS for uploads from browsers. Idempotent.

Called by the provision Job when `spec.engines.objectStorage.provision` is true; pods never call it.
"""

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

import structlog
from botocore.exceptions import ClientError

from photo_core.domain.media_lifecycle import VARIANT_PREFIX
from photo_core.engines.object_storage import ObjectStorageSettings
from photo_core.errors import EngineUnavailable
from photo_core.stores.s3.connection import answered, connect, error_code, found

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import CORSConfigurationTypeDef

LOG = structlog.get_logger(__name__)
HELD_ALREADY = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
NO_SUCH_BUCKET = frozenset({"404", "NoSuchBucket"})
WITHOUT_BUCKET_CORS = frozenset({"NotImplemented", "MethodNotAllowed"})
UPLOAD_CORS: "CORSConfigurationTypeDef" = {
    "CORSRules": [
        {
            "AllowedMethods": ["PUT", "GET", "HEAD"],
            "AllowedOrigins": ["*"],
            "AllowedHeaders": ["*"],
            "MaxAgeSeconds": 3600,
        }
    ]
}


def build_public_read_policy(bucket: str) -> str:
    """Return the policy that lets everybody read variants, and nothing else, by their full key."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "ReadVariants",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["s3:GetObject"],
                    "Resource": [f"arn:aws:s3:::{bucket}/{VARIANT_PREFIX}*"],
                }
            ],
        }
    )


async def provision(settings: ObjectStorageSettings) -> None:
    """Make what the platform needs of its store, where it is not there already.

    Raises:
        EngineUnavailable: the store does not answer or refused.
    """
    await asyncio.to_thread(_provision, settings)


async def missing(settings: ObjectStorageSettings) -> tuple[str, ...]:
    """Return the buckets that are not there, for who makes them by hand.

    Raises:
        EngineUnavailable: the store does not answer or refused.
    """
    return await asyncio.to_thread(_missing, settings)


def _missing(settings: ObjectStorageSettings) -> tuple[str, ...]:
    client = connect(settings)
    return tuple(
        f"bucket {bucket}"
        for bucket in _buckets(settings)
        if found(partial(client.head_bucket, Bucket=bucket), NO_SUCH_BUCKET) is None
    )


def _buckets(settings: ObjectStorageSettings) -> tuple[str, str, str]:
    return settings.bucket_original, settings.bucket_optimized, settings.bucket_videos


def _provision(settings: ObjectStorageSettings) -> None:
    client = connect(settings)
    for bucket in _buckets(settings):
        _create(client, bucket)
    policy = build_public_read_policy(settings.bucket_optimized)
    answered(lambda: client.put_bucket_policy(Bucket=settings.bucket_optimized, Policy=policy))
    _allow_uploads_from_browsers(client, settings.bucket_original)


def _create(client: "S3Client", bucket: str) -> None:
    try:
        answered(lambda: client.create_bucket(Bucket=bucket))
    except EngineUnavailable as error:
        if not _refused_with(error, HELD_ALREADY):
            raise


def _allow_uploads_from_browsers(client: "S3Client", bucket: str) -> None:
    try:
        answered(lambda: client.put_bucket_cors(Bucket=bucket, CORSConfiguration=UPLOAD_CORS))
    except EngineUnavailable as error:
        if not _refused_with(error, WITHOUT_BUCKET_CORS):
            raise
        LOG.warning(
            "cors_not_supported", bucket=bucket, next_step="configure CORS in the store for uploads by browsers"
        )


def _refused_with(error: EngineUnavailable, codes: frozenset[str]) -> bool:
    return isinstance(error.__cause__, ClientError) and error_code(error.__cause__) in codes
