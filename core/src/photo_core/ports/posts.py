"""Posts, author timelines, the outbox and idempotency reservations; Cassandra is the truth."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from photo_core.domain.posts import Post
from photo_core.messages.events import PostDeleted, encode
from photo_core.messages.topics import Topic


class OutboxRecord(Struct, frozen=True):
    """An event that is durable but may not have reached Kafka. `record_id` is unique and time-ordered."""

    record_id: int
    topic: str
    key: str
    value: bytes


def deletion_record(record_id: int, post: Post, deleted_at_ms: int) -> OutboxRecord:
    """Return the event of a post's deletion, for `Posts.delete`."""
    event = PostDeleted(post.post_id, post.author_id, deleted_at_ms)
    return OutboxRecord(record_id, Topic.POSTS_DELETED, str(post.author_id), encode(event))


class Reservation(Struct, frozen=True):
    """The first use of an Idempotency-Key: what a replay must agree with and lead to."""

    user_id: int
    route: str
    key: str
    body_hash: str
    resource_id: int
    created_at_ms: int


class Posts(Protocol):
    """Posts by id and by author."""

    async def create(self, post: Post, event: OutboxRecord) -> None:
        """Store post, timeline entry and outbox record together; the same call again changes nothing."""
        ...

    async def delete(self, post: Post, deleted_at_ms: int, event: OutboxRecord) -> None:
        """Mark a post deleted, take it from its timeline, end its claims on media and begin its operation.

        Wins over any replayed create.
        """
        ...

    async def forbid(self, post_id: int, author_id: int, media_ids: Collection[int]) -> None:
        """Let no post come to be under an id that claims these media: a create that is under way ends as deleted."""
        ...

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Post]:
        """Return the posts that exist, by id, deleted ones with `deleted_at_ms` set."""
        ...

    async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
        """Return an author's post ids below `before_id`, newest first, without deleted ones."""
        ...

    async def timeline_to_show(self, author_id: int, before_id: int, limit: int) -> list[int]:
        """Return the same for a page: while reads are made easier it may lack the latest posts, and hold deleted ones.

        What is shown of it is asked for by id, which tells of deletions; nothing is remembered or decided by it.
        """
        ...


class ManyTimelines(Protocol):
    """Timelines of many authors at once, for those who have many feeds to make."""

    async def timelines(self, author_ids: Sequence[int], before_id: int, limit: int) -> Mapping[int, list[int]]:
        """Return each author's post ids below `before_id`, newest first, at most `limit` of each."""
        ...


class Outbox(Protocol):
    """Events on their way to Kafka."""

    async def due(self, now_ms: int) -> list[OutboxRecord]:
        """Return records that have waited for at least 5 s, oldest first, at most 1,000."""
        ...

    async def discard(self, record: OutboxRecord) -> None:
        """Forget a record that Kafka has acknowledged."""
        ...


class Reservations(Protocol):
    """Idempotency keys, per user and route, for 24 h."""

    async def reserve(self, wanted: Reservation) -> Reservation:
        """Store the reservation unless one exists, and return the one that holds."""
        ...
