"""From a presigned upload to public variants, on a real S3 store and a real Cassandra; Kafka is handed over by hand."""

import io
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image

from photo_core.clock import SystemClock
from photo_core.domain.media import Media, MediaState
from photo_core.domain.media_lifecycle import original_key
from tests.support import pictures
from tests.support.media_pipeline import MediaPipeline, media_pipeline

pytestmark = pytest.mark.real


@pytest.fixture
async def pipeline() -> AsyncIterator[MediaPipeline]:
    async with media_pipeline(SystemClock()) as opened:
        yield opened


async def upload(pipeline: MediaPipeline, body: bytes) -> Media:
    """Announce a photograph, and send it as a client does."""
    media_id = secrets.randbits(62)
    created_at_ms = pipeline.log.clock.now_ms()
    media = Media(media_id, 1, "image/jpeg", len(body), original_key(media_id), created_at_ms)
    await pipeline.records.save(media)
    presigned = pipeline.objects.presign_upload(media)
    async with httpx.AsyncClient() as client:
        (await client.put(presigned.url, headers=presigned.headers, content=body)).raise_for_status()
    return media


async def process(pipeline: MediaPipeline, media: Media) -> Media:
    """Let both workers process an upload, and return the media as it is then."""
    await pipeline.process(media.object_key)
    return (await pipeline.records.get_many([media.media_id]))[media.media_id]


async def test_an_uploaded_photograph_is_served_in_every_size_without_its_place(pipeline: MediaPipeline) -> None:
    media = await process(pipeline, await upload(pipeline, pictures.held(6)))

    assert media.state is MediaState.READY
    assert len(media.variants) == 9
    async with httpx.AsyncClient() as anybody:
        for variant in media.variants:
            served = await anybody.get(pipeline.objects.variant_url(variant.object_key))
            assert served.headers["Content-Type"] == variant.content_type
            assert b"SERIAL-4711" not in served.content
            with Image.open(io.BytesIO(served.content)) as image:
                assert image.size == (variant.width, variant.height)
    assert await pipeline.objects.head_original(media.object_key) is None


async def test_a_broken_photograph_fails_with_a_sentence_and_leaves_nothing(pipeline: MediaPipeline) -> None:
    media = await process(pipeline, await upload(pipeline, pictures.held(1)[:2000]))

    assert media.state is MediaState.FAILED
    assert "Upload it again" in str(media.reason)
    assert await pipeline.objects.head_original(media.object_key) is None
