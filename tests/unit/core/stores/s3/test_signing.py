"""Presigned URLs: the same as boto3's own, at a time that is handed in."""

import socket
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.media import Media
from photo_core.domain.media_lifecycle import original_key
from photo_core.engines.object_storage import ObjectStorageSettings
from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores.s3.signing import PutRequest, signed_put_url
from photo_core.stores.s3.storage import S3ObjectStorage, upload_headers

SETTINGS = ObjectStorageSettings("http://s3.internal:7070", "https://photos.example/", "key-id", "very-secret")
MEDIA = Media(7, 1, "image/jpeg", 123, original_key(7), created_at_ms=1_767_225_600_000, sha256="ab" * 32)


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@given(st.sampled_from(["image/jpeg", "image/png"]), st.integers(1, 1 << 40), st.integers(1, 1 << 62))
def test_the_signature_is_the_one_that_boto3_makes(content_type: str, size: int, media_id: int) -> None:
    client = boto3.client(
        "s3",
        endpoint_url="https://photos.example",
        region_name="us-east-1",
        aws_access_key_id="key-id",
        aws_secret_access_key="very-secret",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    wanted = {"Bucket": "original", "Key": original_key(media_id), "ContentType": content_type, "ContentLength": size}
    theirs = client.generate_presigned_url("put_object", Params=wanted, ExpiresIn=3600)
    signed_at = query(theirs)["X-Amz-Date"]

    headers = {"Content-Type": content_type, "Content-Length": str(size)}
    put = PutRequest("original", original_key(media_id), headers, _milliseconds(signed_at), valid_s=3600)

    assert query(signed_put_url(SETTINGS, put)) == query(theirs)


def _milliseconds(signed_at: str) -> int:
    return int(datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()) * 1000


def test_length_type_and_checksum_are_signed() -> None:
    upload = S3ObjectStorage(SETTINGS).presign_upload(MEDIA)

    assert query(upload.url)["X-Amz-SignedHeaders"] == "content-length;content-type;host;x-amz-checksum-sha256"
    assert upload.headers == upload_headers(MEDIA)
    assert set(upload.headers) == {"Content-Type", "x-amz-checksum-sha256"}


def test_the_url_is_the_public_one_and_holds_no_secret() -> None:
    upload = S3ObjectStorage(SETTINGS).presign_upload(MEDIA)

    assert upload.url.startswith("https://photos.example/original/o/7?")
    assert "very-secret" not in upload.url


def test_it_is_valid_for_an_hour_from_the_creation_of_the_media() -> None:
    upload = S3ObjectStorage(SETTINGS).presign_upload(MEDIA)

    assert query(upload.url)["X-Amz-Date"] == "20260101T000000Z"
    assert query(upload.url)["X-Amz-Expires"] == "3600"
    assert upload.expires_at_ms == MEDIA.created_at_ms + 3_600_000


async def test_a_store_that_does_not_answer_is_an_engine_unavailable() -> None:
    with socket.socket() as bound:  # bound, but nobody listens
        bound.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{bound.getsockname()[1]}"
        store = S3ObjectStorage(ObjectStorageSettings(endpoint, endpoint, "key-id", "very-secret"))

        with pytest.raises(EngineUnavailable) as caught:
            await store.head_original("o/7")

    assert caught.value.engine is Engine.OBJECT_STORAGE
    assert "very-secret" not in str(caught.value)
