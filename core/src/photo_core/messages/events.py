"""The values on Kafka: versioned structs as JSON, read back by any pod of this version or the one before.

Fields are only ever added, with a default; `version` grows when a reader must tell shapes apart.
"""

from typing import TypeVar

import msgspec
from msgspec import Struct

from photo_core.errors import PermanentFailure

Event = TypeVar("Event", bound=Struct)


class PostCreated(Struct, frozen=True, tag="post_created"):
    """A post and its place in the author's timeline are durable."""

    post_id: int
    author_id: int
    created_at_ms: int
    version: int = 1


class PostDeleted(Struct, frozen=True, tag="post_deleted"):
    """A post is gone from every answer; what is left of it can be purged."""

    post_id: int
    author_id: int
    deleted_at_ms: int
    version: int = 1


class FanoutRange(Struct, frozen=True, tag="fanout_range"):
    """Deliver one post to these followers. `last` marks the range that ends the post's fan-out."""

    post_id: int
    author_id: int
    created_at_ms: int
    followers: tuple[int, ...]
    last: bool
    version: int = 1


class MediaUploaded(Struct, frozen=True, tag="media_uploaded"):
    """The store holds a media's original."""

    media_id: int
    object_key: str
    version: int = 1


class MediaProcessed(Struct, frozen=True, tag="media_processed"):
    """A media is READY or FAILED."""

    media_id: int
    state: str
    version: int = 1


def encode(event: Struct) -> bytes:
    """Serialise an event."""
    return msgspec.json.encode(event)


def decode(value: bytes, kind: type[Event]) -> Event:
    """Read an event back.

    Raises:
        PermanentFailure: the value is not of this kind; it will not become so by trying again.
    """
    try:
        return msgspec.json.decode(value, type=kind)
    except msgspec.MsgspecError as error:
        raise PermanentFailure(f"not a {kind.__name__}: {error}") from error
