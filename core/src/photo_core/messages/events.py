"""The values on Kafka: versioned structs as JSON, read back by any pod of this version or the one before.

Fields are only ever added, with a default; `version` grows when a reader must tell shapes apart.
"""

from enum import StrEnum
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
    """Deliver one post to these followers. `last` marks the range that ends the post's fan-out.

    `reach` is how many followers the author had; 0 from planners of the version before.
    """

    post_id: int
    author_id: int
    created_at_ms: int
    followers: tuple[int, ...]
    last: bool
    version: int = 1
    reach: int = 0


class RebuildRange(Struct, frozen=True, tag="rebuild_range"):
    """Make the feeds of these viewers whole, if they are not."""

    run_id: int
    viewers: tuple[int, ...]
    version: int = 1


class InteractionKind(StrEnum):
    """What can happen to a post's counts."""

    LIKED = "liked"
    UNLIKED = "unliked"
    COMMENT_ADDED = "comment_added"
    COMMENT_DELETED = "comment_deleted"


class Interaction(Struct, frozen=True, tag="interaction"):
    """Somebody's like or comment came or went: a real transition of the membership rows, never a repeated request."""

    kind: InteractionKind
    post_id: int
    user_id: int
    at_ms: int
    version: int = 1


class CountsCorrected(Struct, frozen=True, tag="counts_corrected"):
    """A post was counted again: add these, if nothing was counted in since `expected_position`."""

    post_id: int
    likes: int
    comments: int
    expected_position: int
    at_ms: int
    version: int = 1


CountsEvent = Interaction | CountsCorrected  # what stands on the topic `interactions`


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


def decode_counts_event(value: bytes) -> CountsEvent:
    """Read an event of the topic `interactions` back.

    Raises:
        PermanentFailure: it is none.
    """
    try:
        event: CountsEvent = msgspec.json.decode(value, type=CountsEvent)
    except msgspec.MsgspecError as error:
        raise PermanentFailure(f"no event about counts: {error}") from error
    return event
