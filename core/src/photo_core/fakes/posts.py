"""Cassandra's posts in memory: posts, timelines, claims on media, operations, the outbox, reservations.

One `available` switch for all that is stored with posts: the outbox's.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from photo_core.domain.ids import created_at_ms
from photo_core.domain.operations import Operation, Surface, SurfaceEnd, deletion_of
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


class FakeOperations:
    """Operations by id."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._operations: dict[int, Operation] = {}

    async def get(self, operation_id: int) -> Operation | None:
        """Return an operation."""
        self._outbox.require()
        return self._operations.get(operation_id)

    async def begin(self, operation: Operation) -> None:
        """Store an operation unless it is there."""
        self._outbox.require()
        self._operations.setdefault(operation.operation_id, operation)

    async def end_surface(self, operation_id: int, surface: Surface, end: SurfaceEnd) -> None:
        """Record how a surface ended."""
        self._outbox.require()
        operation = self._operations[operation_id]
        ended = {**operation.ended, surface: end}
        self._operations[operation_id] = msgspec.structs.replace(operation, ended=ended)


class FakeMediaUses:
    """Claims of posts on media, and closed media."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self._outbox = outbox
        self._claims: set[tuple[int, int]] = set()
        self._released: set[tuple[int, int]] = set()
        self._closed: set[int] = set()

    async def claim(self, post_id: int, created_at_ms: int, media_ids: Collection[int]) -> frozenset[int]:  # noqa: ARG002 - this fake keeps no timestamps
        """Note that a post is about to show these media, and return those that are closed."""
        self._outbox.require()
        self._claims.update((media_id, post_id) for media_id in media_ids)
        return await self.closed(media_ids)

    async def close(self, media_id: int, closed_at_ms: int) -> None:  # noqa: ARG002 - this fake keeps no timestamps
        """Let no further post show a media."""
        self._outbox.require()
        self._closed.add(media_id)

    async def closed(self, media_ids: Collection[int]) -> frozenset[int]:
        """Return those of these media that no further post may show."""
        self._outbox.require()
        return frozenset(self._closed.intersection(media_ids))

    async def claimants(self, media_id: int) -> frozenset[int]:
        """Return the posts that show a media or were about to."""
        self._outbox.require()
        return frozenset(post_id for claimed, post_id in self._claims - self._released if claimed == media_id)

    def release(self, post_id: int, media_ids: Collection[int]) -> None:
        """End a post's claims for good, as its deletion does."""
        self._released.update((media_id, post_id) for media_id in media_ids)


class FakePosts:
    """Posts by id and by author, stored together with records of a `FakeOutbox`, with claims and operations."""

    def __init__(self, outbox: FakeOutbox) -> None:
        self.operations = FakeOperations(outbox)
        self.media_uses = FakeMediaUses(outbox)
        self._outbox = outbox
        self._posts: dict[int, Post] = {}
        self._deleted: dict[int, int] = {}

    async def create(self, post: Post, event: OutboxRecord) -> None:
        """Store post, timeline entry and outbox record."""
        self._outbox.require()
        self._posts[post.post_id] = post
        self._outbox.store(event)

    async def delete(self, post: Post, deleted_at_ms: int, event: OutboxRecord) -> None:
        """Mark a post deleted, take it from its timeline, end its claims and begin its operation."""
        self._outbox.require()
        self._deleted[post.post_id] = deleted_at_ms
        self.media_uses.release(post.post_id, [media.media_id for media in post.media])
        await self.operations.begin(deletion_of(post, deleted_at_ms))
        self._outbox.store(event)

    async def forbid(self, post_id: int, author_id: int, media_ids: Collection[int]) -> None:  # noqa: ARG002 - timelines follow from posts here
        """Let no post come to be under an id."""
        self._outbox.require()
        self._deleted[post_id] = created_at_ms(post_id)
        self.media_uses.release(post_id, media_ids)

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

    async def timeline_to_show(self, author_id: int, before_id: int, limit: int) -> list[int]:
        """Return the same."""
        return await self.timeline(author_id, before_id, limit)

    async def timelines(self, author_ids: Sequence[int], before_id: int, limit: int) -> Mapping[int, list[int]]:
        """Return each author's post ids below `before_id`, newest first."""
        return {author_id: await self.timeline(author_id, before_id, limit) for author_id in author_ids}


class FakeReservations:
    """Idempotency keys."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, str, str], Reservation] = {}

    async def reserve(self, wanted: Reservation) -> Reservation:
        """Store the reservation unless one exists, and return the one that holds."""
        return self._held.setdefault((wanted.user_id, wanted.route, wanted.key), wanted)
