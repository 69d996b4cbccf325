"""Media as JSON. Pure."""

from msgspec import UNSET

from photo_app.answers import rfc3339
from photo_app.media.schemas import MediaView, UploadBegun, UploadView
from photo_app.media.service import Begun
from photo_app.posts.views import VariantView
from photo_core.domain.media import Media


def upload_begun(begun: Begun) -> UploadBegun:
    """Return what a client needs to upload."""
    upload = UploadView(begun.upload.method, begun.upload.url, begun.upload.headers, fields={})
    return UploadBegun(str(begun.media.media_id), upload, rfc3339(begun.upload.expires_at_ms))


def media_view(media: Media, variants: list[VariantView]) -> MediaView:
    """Return a media as its owner sees it."""
    return MediaView(str(media.media_id), media.state.value, media.progress, variants, media.reason or UNSET)
