"""The values on Kafka as the former release (commit 3f10b05) wrote and read them. Never edited: a release replaces it.

What it wrote stands in SAMPLES as text, what it read with are the structs, copied from its `messages.events`.
"""

from enum import StrEnum

from msgspec import Struct

from photo_core.messages.topics import Topic


class PostCreated(Struct, frozen=True, tag="post_created"):
    post_id: int
    author_id: int
    created_at_ms: int
    version: int = 1


class PostDeleted(Struct, frozen=True, tag="post_deleted"):
    post_id: int
    author_id: int
    deleted_at_ms: int
    version: int = 1


class FanoutRange(Struct, frozen=True, tag="fanout_range"):
    post_id: int
    author_id: int
    created_at_ms: int
    followers: tuple[int, ...]
    last: bool
    version: int = 1


class RebuildRange(Struct, frozen=True, tag="rebuild_range"):
    run_id: int
    viewers: tuple[int, ...]
    version: int = 1


class InteractionKind(StrEnum):
    LIKED = "liked"
    UNLIKED = "unliked"
    COMMENT_ADDED = "comment_added"
    COMMENT_DELETED = "comment_deleted"


class Interaction(Struct, frozen=True, tag="interaction"):
    kind: InteractionKind
    post_id: int
    user_id: int
    at_ms: int
    version: int = 1


class CountsCorrected(Struct, frozen=True, tag="counts_corrected"):
    post_id: int
    likes: int
    comments: int
    expected_position: int
    at_ms: int
    version: int = 1


class MediaUploaded(Struct, frozen=True, tag="media_uploaded"):
    media_id: int
    object_key: str
    version: int = 1


class MediaProcessed(Struct, frozen=True, tag="media_processed"):
    media_id: int
    state: str
    version: int = 1


READERS: dict[Topic, object] = {
    Topic.POSTS_CREATED: PostCreated,
    Topic.POSTS_DELETED: PostDeleted,
    Topic.INTERACTIONS: Interaction | CountsCorrected,
    Topic.FEED_FANOUT: FanoutRange,
    Topic.FEED_REBUILD: RebuildRange,
    Topic.MEDIA_UPLOADED: MediaUploaded,
    Topic.MEDIA_PROCESSED: MediaProcessed,
}

SAMPLES: tuple[tuple[Topic, bytes], ...] = (
    (
        Topic.POSTS_CREATED,
        b'{"type":"post_created","post_id":7331,"author_id":42,"created_at_ms":1767225600000,"version":1}',
    ),
    (
        Topic.POSTS_DELETED,
        b'{"type":"post_deleted","post_id":7331,"author_id":42,"deleted_at_ms":1767225600000,"version":1}',
    ),
    (
        Topic.INTERACTIONS,
        b'{"type":"interaction","kind":"liked","post_id":7331,"user_id":42,"at_ms":1767225600000,"version":1}',
    ),
    (
        Topic.INTERACTIONS,
        b'{"type":"interaction","kind":"comment_deleted","post_id":7331,"user_id":42,"at_ms":1767225600000,"version":1}',
    ),
    (
        Topic.INTERACTIONS,
        b'{"type":"counts_corrected","post_id":7331,"likes":-2,"comments":1,"expected_position":99,'
        b'"at_ms":1767225600000,"version":1}',
    ),
    (
        Topic.FEED_FANOUT,
        b'{"type":"fanout_range","post_id":7331,"author_id":42,"created_at_ms":1767225600000,'
        b'"followers":[1,2,3],"last":true,"version":1}',
    ),
    (Topic.FEED_REBUILD, b'{"type":"rebuild_range","run_id":5,"viewers":[1,2,3],"version":1}'),
    (Topic.MEDIA_UPLOADED, b'{"type":"media_uploaded","media_id":11,"object_key":"originals/11","version":1}'),
    (Topic.MEDIA_PROCESSED, b'{"type":"media_processed","media_id":11,"state":"READY","version":1}'),
)
