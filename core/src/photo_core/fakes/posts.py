"""Cassandra's posts in memory: posts, timelines, the outbox, reservations. One `available` switch for all of them."""

from collections.abc import Collection, Mapping

import msgspec

from photo_core.domain.ids import created_at_ms
from photo_core.domain.posts import Post
from photo_core.errors import Engine, EngineUnavailable
from photo_core.ports.posts import OutboxRecord, Reservation

WAIT_MS = 5_000
LIMIT = 1_000


class FakeOutbox:
    """Events on their way to Kafka."""

    def __init__(self) -> None:
        self.available = True
        self._records: dict[int, OutboxRecord] = {}
        self._discarded: set[int] = set()

    async def due(self, now_ms: int) -> list[OutboxRecord]:
        """Return records that have waited for at least 5 s, oldest first."""
        self.require()
        ready = [id_ for id_ in sorted(self._records) if created_at_ms(id_) <= now_ms - WAIT_MS]
        return [self._records[id_] for id_ in ready[:LIMIT]]

    async def discard(self, record: OutboxRecord) -> None:
        """Forget a record for good."""
        self.require()
        self._discarded.add(record.record_id)
        self._records.pop(record.record_id, None)

    def store(self, record: OutboxRecord) -> None:
        """Store a record with its fact; a replay never undoes a discard."""
        if record.record_id not in self._discarded:
            self._records[record.record_id] = record

    def require(self) -> None:
        """Raise EngineUnavailable while Cassandra is away."""
        if not self.available:
            raise EngineUnavailable(Engine.CASSANDRA, "taken away by the test")


class FakePosts:
    """Posts by id and by author, stored together with records of a `FakeOutbox`."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._posts: dict[int, Post] = {}
        self._deleted: dict[int, int] = {}

    async def create(self, post: Post, event: OutboxRecord) -> None:
        """Store post, timeline entry and outbox record."""
        self._outbox.require()
        self._posts[post.post_id] = post
        self._outbox.store(event)

    async def delete(self, post: Post, deleted_at_ms: int, event: OutboxRecord) -> None:
        """Mark a post deleted and take it from its timeline."""
        self._outbox.require()
        self._deleted[post.post_id] = deleted_at_ms
        self._outbox.store(event)

    async def get_many(self, post_ids: Collection[int]) -> Mapping[int, Post]:
        """Return the posts that exist, deleted ones with `deleted_at_ms` set."""
        self._outbox.require()
        known = {id_: self._posts[id_] for id_ in post_ids if id_ in self._posts}
        return {id_: msgspec.structs.replace(post, deleted_at_ms=self._deleted.get(id_)) for id_, post in known.items()}

    async def timeline(self, author_id: int, before_id: int, limit: int) -> list[int]:
        """Return an author's post ids below `before_id`, newest first, without deleted ones."""
        self._outbox.require()
        own = (id_ for id_, post in self._posts.items() if post.author_id == author_id and id_ not in self._deleted)
        return sorted((id_ for id_ in own if id_ < before_id), reverse=True)[:limit]


class FakeReservations:
    """Idempotency keys."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, str, str], Reservation] = {}

    async def reserve(self, wanted: Reservation) -> Reservation:
        """Store the reservation unless one exists, and return the one that holds."""
        return self._held.setdefault((wanted.user_id, wanted.route, wanted.key), wanted)
