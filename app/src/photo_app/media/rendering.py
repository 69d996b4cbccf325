"""Renders media as clients see them; also used for the media of posts."""

from msgspec import UNSET

from photo_app.http.responses import rfc3339
from photo_app.media.schemas import MediaView, UploadStarted, UploadView, VariantView
from photo_app.media.service import StartedUpload
from photo_core.domain.media import Media, Variant
from photo_core.ports.media import ObjectStorage


class MediaRenderer:
    """Turns media into what clients see; needs the store only for the public address of its objects."""

    def __init__(self, objects: ObjectStorage) -> None:
        self._objects = objects

    def variant(self, variant: Variant) -> VariantView:
        """Return a variant with its public URL."""
        return VariantView(
            size=variant.size,
            width=variant.width,
            height=variant.height,
            content_type=variant.content_type,
            bytes=variant.bytes,
            url=self._objects.variant_url(variant.object_key),
        )

    def media(self, media: Media) -> MediaView:
        """Return a media as its owner sees it."""
        variants = [self.variant(variant) for variant in media.variants]
        return MediaView(str(media.media_id), media.state.value, media.progress, variants, media.reason or UNSET)


def upload_started(started: StartedUpload) -> UploadStarted:
    """Return what a client needs to upload."""
    upload = UploadView(started.upload.method, started.upload.url, started.upload.headers, fields={})
    return UploadStarted(str(started.media.media_id), upload, rfc3339(started.upload.expires_at_ms))
