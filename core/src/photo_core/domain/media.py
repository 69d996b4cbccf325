"""A media's life as plain data: PENDING > UPLOADED > PROCESSING > READY, or FAILED / EXPIRED for good."""

from enum import StrEnum

from msgspec import Struct


class MediaState(StrEnum):
    """Where a media stands."""

    PENDING = "PENDING"  # a presigned URL was handed out, nothing has arrived
    UPLOADED = "UPLOADED"  # the store said that the object is there
    PROCESSING = "PROCESSING"  # a worker decodes it
    READY = "READY"  # every variant is stored
    FAILED = "FAILED"  # the content cannot be used; `reason` tells the user what to do
    EXPIRED = "EXPIRED"  # never uploaded within 24 h


UNFINISHED = frozenset({MediaState.PENDING, MediaState.UPLOADED, MediaState.PROCESSING})


class Variant(Struct, frozen=True):
    """One stored size of a photograph. `size` is thumbnail, small, medium, large or original."""

    size: str
    width: int
    height: int
    content_type: str
    bytes: int
    object_key: str


class Media(Struct, frozen=True):
    """A media record, as stored; `progress` is 0 to 100."""

    media_id: int
    owner_id: int
    content_type: str
    size_bytes: int
    object_key: str
    created_at_ms: int
    state: MediaState = MediaState.PENDING
    sha256: str | None = None
    filter: str | None = None
    progress: int = 0
    reason: str | None = None
    variants: tuple[Variant, ...] = ()
