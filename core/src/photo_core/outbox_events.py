"""The event of a post's deletion, which the API stores with it, and the purge worker with those of a whole account."""

from photo_core.domain.posts import Post
from photo_core.messages.events import PostDeleted, encode
from photo_core.messages.topics import Topic
from photo_core.ports.posts import OutboxRecord


def deleted_event(record_id: int, post: Post, deleted_at_ms: int) -> OutboxRecord:
    """Return the fact that a post was deleted."""
    event = PostDeleted(post.post_id, post.author_id, deleted_at_ms)
    return OutboxRecord(record_id, Topic.POSTS_DELETED, str(post.author_id), encode(event))
