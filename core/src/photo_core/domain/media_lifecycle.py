"""The life of a media as a pure state machine, and the limits of what may be uploaded.

Used by the API (init), media-ingest, image-encode and the Cassandra store. Decides only: it reads no clock and stores
nothing. States only ever advance, and `precedence` orders them: the store writes each record at a timestamp made of it,
so that of two writers that raced the one that knew more wins, in whichever order their writes arrive.
"""

import msgspec
from msgspec import Struct

from photo_core.domain import ids
from photo_core.domain.media import UNFINISHED, Media, MediaState, Variant
from photo_core.errors import PhotoError

HOUR_MS = 3_600_000
UPLOAD_VALID_MS = HOUR_MS  # how long a presigned URL works
EXPIRES_AFTER_MS = 24 * HOUR_MS  # a media that is not finished by then never will be
REMEMBERED_MS = 48 * HOUR_MS  # how far back the sweeper looks: an outage of a day loses no upload
MAX_PIXELS = 50_000_000
MAX_FRAMES = 1
# What the decoders of image-encode read. HEIC is absent since the packaged libvips has no HEVC decoder.
PHOTO_CONTENT_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
ORIGINAL_PREFIX = "o/"
VARIANT_PREFIX = "m/"
EXPIRED_REASON = "Nothing was uploaded within 24 hours. Start a new upload."


class IllegalTransition(PhotoError):
    """An event that cannot happen to a media in its state."""


class Uploaded(Struct, frozen=True):
    """The store holds the original."""


class Progressed(Struct, frozen=True):
    """A worker is at it and has come this far, in percent."""

    percent: int


class Encoded(Struct, frozen=True):
    """Every variant is stored."""

    variants: tuple[Variant, ...]


class Rejected(Struct, frozen=True):
    """The content cannot be used; `reason` is a sentence that the user can act on."""

    reason: str


class Expired(Struct, frozen=True):
    """Nothing was uploaded in time."""


MediaEvent = Uploaded | Progressed | Encoded | Rejected | Expired

_POSSIBLE_IN: dict[type[MediaEvent], frozenset[MediaState]] = {
    Uploaded: frozenset({MediaState.PENDING}),
    Progressed: frozenset({MediaState.UPLOADED, MediaState.PROCESSING}),
    Encoded: frozenset({MediaState.PROCESSING}),
    Rejected: frozenset({MediaState.UPLOADED, MediaState.PROCESSING}),
    Expired: frozenset({MediaState.PENDING}),
}
_FIRST_PROCESSING = 3
_PRECEDENCE = {
    MediaState.PENDING: 0,
    MediaState.EXPIRED: 1,  # below UPLOADED: an upload in the last moment is not thrown away
    MediaState.UPLOADED: 2,
    MediaState.PROCESSING: _FIRST_PROCESSING,  # plus its progress
    MediaState.FAILED: _FIRST_PROCESSING + 101,
    MediaState.READY: _FIRST_PROCESSING + 102,  # above FAILED: a late worker that finds no original cannot undo it
}


def is_finished(media: Media) -> bool:
    """Return whether nothing more will happen to a media."""
    return media.state not in UNFINISHED


def advance(media: Media, event: MediaEvent) -> Media:
    """Return the record after an event.

    Raises:
        IllegalTransition: the event cannot happen in the media's state.
    """
    if media.state not in _POSSIBLE_IN[type(event)]:
        raise IllegalTransition(f"{type(event).__name__} cannot happen to a media that is {media.state}")
    match event:
        case Uploaded():
            return msgspec.structs.replace(media, state=MediaState.UPLOADED)
        case Progressed(percent):
            percent = max(media.progress, min(percent, 99))
            return msgspec.structs.replace(media, state=MediaState.PROCESSING, progress=percent)
        case Encoded(variants):
            return msgspec.structs.replace(media, state=MediaState.READY, progress=100, variants=variants)
        case Rejected(reason):
            return msgspec.structs.replace(media, state=MediaState.FAILED, reason=reason)
        case Expired():
            return msgspec.structs.replace(media, state=MediaState.EXPIRED, reason=EXPIRED_REASON)


def precedence(media: Media) -> int:
    """Return a number, 0 to 999, that grows along every transition."""
    rank = _PRECEDENCE[media.state]
    return rank + media.progress if media.state is MediaState.PROCESSING else rank


def expires_at_ms(media: Media) -> int:
    """Return when the presigned URL of a media ends, Unix milliseconds."""
    return media.created_at_ms + UPLOAD_VALID_MS


def original_key(media_id: int) -> str:
    """Return the object key under which a media's original is uploaded."""
    return f"{ORIGINAL_PREFIX}{media_id}"


def media_id_of(object_key: str) -> int | None:
    """Return the media whose original stands under a key, or None if it is no original's key."""
    digits = object_key.removeprefix(ORIGINAL_PREFIX)
    return None if digits == object_key else ids.parse(digits)


def variant_key(media_id: int, content_sha256: str, extension: str) -> str:
    """Return the key of a variant: made of its content, so that what stands under a URL never changes."""
    return f"{VARIANT_PREFIX}{media_id}/{content_sha256}.{extension}"
