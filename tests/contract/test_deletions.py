"""What a deletion leaves behind: operations, claims on media, and ids under which no post comes to be."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from photo_core.clock import SystemClock
from photo_core.domain.ids import MAX_ID, compose, created_at_ms
from photo_core.domain.operations import OperationKind, Surface, SurfaceEnd, SurfaceState, deletion_of
from photo_core.domain.posts import Post, PostMedia
from photo_core.fakes.posts import FakeOutbox, FakePosts
from photo_core.ports.media_uses import MediaUses
from photo_core.ports.operations import Operations
from photo_core.ports.posts import OutboxRecord, Posts
from photo_core.stores.cassandra.media_uses import CassandraMediaUses
from photo_core.stores.cassandra.operations import CassandraOperations
from photo_core.stores.cassandra.posts import CassandraPosts
from tests.support.engines import cassandra

NOW_MS = SystemClock().now_ms()


@dataclass(frozen=True)
class Stores:
    posts: Posts
    operations: Operations
    uses: MediaUses
    author: int = field(default_factory=lambda: secrets.randbits(62))
    worker: int = field(default_factory=lambda: secrets.randbelow(8192))
    sequence: "count[int]" = field(default_factory=count)

    def id(self) -> int:
        return compose(NOW_MS - 10_000, self.worker, next(self.sequence))

    def event(self) -> OutboxRecord:
        return OutboxRecord(self.id(), "posts.created", "17", b'{"x":1}')

    def post(self, *media_ids: int) -> Post:
        post_id = self.id()
        media = tuple(PostMedia(media_id, "photo", ()) for media_id in media_ids)
        return Post(post_id, self.author, "ada", media, "dusk", created_at_ms(post_id))

    async def claim(self, post: Post) -> frozenset[int]:
        media_ids = [media.media_id for media in post.media]
        return await self.uses.claim(post.post_id, post.created_at_ms, media_ids)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "fake":
        posts = FakePosts(FakeOutbox())
        yield Stores(posts, posts.operations, posts.media_uses)
        return
    async with cassandra() as session:
        yield Stores(CassandraPosts(session), CassandraOperations(session), CassandraMediaUses(session))


async def test_a_deletion_begins_an_operation_of_the_posts_id(stores: Stores) -> None:
    post = stores.post()
    await stores.posts.create(post, stores.event())
    assert await stores.operations.get(post.post_id) is None
    await stores.posts.delete(post, NOW_MS, stores.event())
    operation = await stores.operations.get(post.post_id)
    assert operation == deletion_of(post, NOW_MS)
    assert operation.kind is OperationKind.DELETE_POST


async def test_a_surface_ends_once_it_is_recorded(stores: Stores) -> None:
    operation = deletion_of(stores.post(), NOW_MS)
    cleared, kept = SurfaceEnd(SurfaceState.CLEARED, NOW_MS + 5), SurfaceEnd(SurfaceState.KEPT, NOW_MS + 9)
    await stores.operations.begin(operation)
    await stores.operations.end_surface(operation.operation_id, Surface.EDGE, kept)
    await stores.operations.end_surface(operation.operation_id, Surface.TIMELINE, cleared)
    await stores.operations.begin(operation)
    read = await stores.operations.get(operation.operation_id)
    assert read is not None
    assert read.ended == {Surface.TIMELINE: cleared, Surface.EDGE: kept}
    assert (read.owner_id, read.started_at_ms) == (stores.author, NOW_MS)


async def test_an_operation_that_never_began_is_none(stores: Stores) -> None:
    assert await stores.operations.get(stores.id()) is None


async def test_posts_claim_the_media_that_they_show(stores: Stores) -> None:
    shared, alone = stores.id(), stores.id()
    first, second = stores.post(shared, alone), stores.post(shared)
    assert await stores.claim(first) == frozenset()
    assert await stores.claim(second) == frozenset()
    assert await stores.uses.claimants(shared) == {first.post_id, second.post_id}
    assert await stores.uses.claimants(alone) == {first.post_id}
    assert await stores.uses.claimants(stores.id()) == frozenset()


async def test_a_claim_ends_with_its_post_for_good(stores: Stores) -> None:
    media_id = stores.id()
    first, second = stores.post(media_id), stores.post(media_id)
    for post in (first, second):
        await stores.claim(post)
        await stores.posts.create(post, stores.event())
    await stores.posts.delete(first, NOW_MS, stores.event())
    assert await stores.uses.claimants(media_id) == {second.post_id}
    await stores.claim(first)
    assert await stores.uses.claimants(media_id) == {second.post_id}


async def test_no_further_post_may_show_a_closed_media(stores: Stores) -> None:
    closed, usable = stores.id(), stores.id()
    await stores.uses.close(closed, NOW_MS)
    post = stores.post(closed, usable)
    assert await stores.claim(post) == {closed}
    assert await stores.uses.closed([closed, usable, stores.id()]) == {closed}
    assert await stores.uses.claimants(closed) == {post.post_id}


async def test_a_closed_media_is_closed_though_its_last_claim_ended(stores: Stores) -> None:
    media_id = stores.id()
    post = stores.post(media_id)
    await stores.claim(post)
    await stores.uses.close(media_id, NOW_MS)
    await stores.posts.delete(post, NOW_MS, stores.event())
    assert await stores.uses.closed([media_id]) == {media_id}
    assert await stores.uses.claimants(media_id) == frozenset()


async def test_a_create_that_comes_after_its_id_was_forbidden_ends_as_deleted(stores: Stores) -> None:
    media_id = stores.id()
    post = stores.post(media_id)
    await stores.claim(post)
    await stores.posts.forbid(post.post_id, post.author_id, [media_id])
    assert await stores.posts.get_many([post.post_id]) == {}
    await stores.posts.create(post, stores.event())
    found = await stores.posts.get_many([post.post_id])
    assert found[post.post_id].deleted_at_ms is not None
    assert await stores.posts.timeline(stores.author, MAX_ID, 5) == []
    assert await stores.uses.claimants(media_id) == frozenset()
