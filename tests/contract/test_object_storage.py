"""ObjectStorage: the same behaviour in memory and on an S3 store."""

import hashlib
import secrets
import ssl
from collections.abc import Callable, Mapping

import httpx
import pytest
from msgspec.structs import replace

from photo_core.clock import SystemClock
from photo_core.domain.media import Media
from photo_core.domain.media_lifecycle import original_key, variant_key
from photo_core.engines.object_storage import object_storage_settings
from photo_core.fakes.object_storage import FakeObjectStorage
from photo_core.ports.media import ObjectStorage
from photo_core.settings import process_source
from photo_core.stores.s3.provision import provision
from photo_core.stores.s3.storage import S3ObjectStorage
from photo_core.tls import trust
from tests.support.buckets import buckets_of_tests

BODY = b"a photograph, for all the store knows"
Send = Callable[[str, Mapping[str, str], bytes], int]


def send_over_http(url: str, headers: Mapping[str, str], body: bytes) -> int:
    return httpx.put(url, headers=dict(headers), content=body, verify=store_trust()).status_code


def store_trust() -> ssl.SSLContext:
    return trust(object_storage_settings(process_source()).ca_path) or ssl.create_default_context()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def store_and_send(request: pytest.FixtureRequest) -> tuple[ObjectStorage, Send]:
    if request.param == "fake":
        fake = FakeObjectStorage()
        return fake, fake.receive
    settings = buckets_of_tests()
    await provision(settings)
    return S3ObjectStorage(settings), send_over_http


@pytest.fixture
def store(store_and_send: tuple[ObjectStorage, Send]) -> ObjectStorage:
    return store_and_send[0]


@pytest.fixture
def send(store_and_send: tuple[ObjectStorage, Send]) -> Send:
    return store_and_send[1]


@pytest.fixture
def media() -> Media:
    media_id = secrets.randbits(62)
    return Media(
        media_id=media_id,
        owner_id=1,
        content_type="image/jpeg",
        size_bytes=len(BODY),
        object_key=original_key(media_id),
        created_at_ms=SystemClock().now_ms(),
    )


async def test_an_announced_upload_is_stored_as_it_was_sent(store: ObjectStorage, send: Send, media: Media) -> None:
    upload = store.presign_upload(media)

    assert upload.method == "PUT"
    assert send(upload.url, upload.headers, BODY) == 200
    stored = await store.head_original(media.object_key)
    assert stored is not None
    assert (stored.size_bytes, stored.content_type) == (len(BODY), "image/jpeg")
    assert await store.get_original(media.object_key) == BODY


@pytest.mark.parametrize("body", [BODY + b"!", BODY[:-1]], ids=["longer", "shorter"])
async def test_another_size_than_announced_is_refused(
    store: ObjectStorage, send: Send, media: Media, body: bytes
) -> None:
    upload = store.presign_upload(media)

    assert send(upload.url, upload.headers, body) == 403
    assert await store.head_original(media.object_key) is None


async def test_another_type_than_announced_is_refused(store: ObjectStorage, send: Send, media: Media) -> None:
    upload = store.presign_upload(media)

    assert send(upload.url, {**upload.headers, "Content-Type": "text/html"}, BODY) == 403
    assert await store.head_original(media.object_key) is None


async def test_the_announced_checksum_is_accepted(store: ObjectStorage, send: Send, media: Media) -> None:
    upload = store.presign_upload(replace(media, sha256=hashlib.sha256(BODY).hexdigest()))

    assert send(upload.url, upload.headers, BODY) == 200


async def test_content_of_another_checksum_is_refused(store: ObjectStorage, send: Send, media: Media) -> None:
    upload = store.presign_upload(replace(media, sha256=hashlib.sha256(BODY).hexdigest()))

    assert send(upload.url, upload.headers, BODY[::-1]) == 400
    assert await store.head_original(media.object_key) is None


def test_the_same_media_is_always_given_the_same_upload(store: ObjectStorage, media: Media) -> None:
    assert store.presign_upload(media) == store.presign_upload(media)
    assert store.presign_upload(media).expires_at_ms == media.created_at_ms + 3_600_000


async def test_what_was_never_uploaded_is_absent(store: ObjectStorage, media: Media) -> None:
    assert await store.head_original(media.object_key) is None
    assert await store.get_original(media.object_key) is None


async def test_a_deleted_original_is_gone_and_may_be_deleted_again(
    store: ObjectStorage, send: Send, media: Media
) -> None:
    upload = store.presign_upload(media)
    send(upload.url, upload.headers, BODY)

    await store.delete_original(media.object_key)
    await store.delete_original(media.object_key)

    assert await store.get_original(media.object_key) is None


async def test_a_variant_may_be_stored_twice(store: ObjectStorage, media: Media) -> None:
    key = variant_key(media.media_id, hashlib.sha256(BODY).hexdigest(), "jpg")

    await store.put_variant(key, "image/jpeg", BODY)
    await store.put_variant(key, "image/jpeg", BODY)

    assert store.variant_url(key).endswith(f"/{key}")


async def test_a_variant_is_served_until_it_is_deleted(store: ObjectStorage, media: Media) -> None:
    key = variant_key(media.media_id, hashlib.sha256(BODY).hexdigest(), "jpg")
    assert not await store.is_served(key)
    await store.put_variant(key, "image/jpeg", BODY)
    assert await store.is_served(key)

    await store.delete_variant(key)
    await store.delete_variant(key)

    assert not await store.is_served(key)


@pytest.mark.real
async def test_a_variant_is_public_and_immutable_and_an_original_is_private() -> None:
    settings = buckets_of_tests()
    await provision(settings)
    store = S3ObjectStorage(settings)
    key = variant_key(secrets.randbits(62), hashlib.sha256(BODY).hexdigest(), "jpg")
    await store.put_variant(key, "image/jpeg", BODY)

    async with httpx.AsyncClient(verify=store_trust()) as anybody:
        variant = await anybody.get(store.variant_url(key))
        listing = await anybody.get(f"{settings.public_endpoint}/{settings.bucket_optimized}/")
        original = await anybody.get(f"{settings.public_endpoint}/{settings.bucket_original}/{original_key(1)}")

    assert (variant.status_code, variant.content, variant.headers["Content-Type"]) == (200, BODY, "image/jpeg")
    assert variant.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert listing.status_code == 403
    assert original.status_code == 403
