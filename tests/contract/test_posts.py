"""What every Posts, Outbox and Reservations does."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

import msgspec
import pytest

from photo_core.clock import SystemClock
from photo_core.domain.ids import MAX_ID, compose, created_at_ms
from photo_core.domain.media import Variant
from photo_core.domain.posts import Location, Post, PostMedia
from photo_core.domain.runtime_policy import ReadConsistency
from photo_core.fakes.posts import FakeOutbox, FakePosts, FakeReservations
from photo_core.ports.posts import ManyTimelines, Outbox, OutboxRecord, Posts, Reservation, Reservations
from photo_core.stores.cassandra.outbox import CassandraOutbox
from photo_core.stores.cassandra.posts import CassandraPosts
from photo_core.stores.cassandra.reservations import CassandraReservations
from tests.support.engines import cassandra

NOW_MS = SystemClock().now_ms()
VARIANT = Variant("large", 1080, 720, "image/webp", 90_000, "variants/ab/cd.webp")


class AllOfPosts(Posts, ManyTimelines, Protocol):
    """Posts by id, by author, and by many authors."""


@dataclass(frozen=True)
class Stores:
    posts: AllOfPosts
    outbox: Outbox
    reservations: Reservations
    worker: int = field(default_factory=lambda: secrets.randbelow(8192))
    sequence: "count[int]" = field(default_factory=count)

    def id(self, seconds_ago: float = 10) -> int:
        return compose(NOW_MS - round(seconds_ago * 1000), self.worker, next(self.sequence))

    def post(self, author_id: int) -> Post:
        post_id = self.id()
        media = (PostMedia(7, "photo", (VARIANT,), "a lake"), PostMedia(8, "photo", ()))
        location = Location(46.5, 11.3, "Bozen")
        return Post(post_id, author_id, "ada", media, "dusk 🌆", created_at_ms(post_id), location, ("bob",))

    def event(self, seconds_ago: float = 10) -> OutboxRecord:
        return OutboxRecord(self.id(seconds_ago), "posts.created", "17", b'{"x":1}')


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "fake":
        outbox = FakeOutbox()
        yield Stores(FakePosts(outbox), outbox, FakeReservations())
        return
    async with cassandra() as session:
        yield Stores(CassandraPosts(session), CassandraOutbox(session), CassandraReservations(session))


@pytest.fixture
def author() -> int:
    return secrets.randbits(62)


async def test_a_post_is_read_as_it_was_made(stores: Stores, author: int) -> None:
    post = stores.post(author)
    await stores.posts.create(post, stores.event())
    never_made = stores.id()
    assert await stores.posts.get_many([post.post_id, never_made]) == {post.post_id: post}


async def test_a_post_without_extras_is_read_as_it_was_made(stores: Stores, author: int) -> None:
    post = msgspec.structs.replace(stores.post(author), location=None, tagged_users=(), caption="")
    await stores.posts.create(post, stores.event())
    assert await stores.posts.get_many([post.post_id]) == {post.post_id: post}


async def test_many_posts_are_read_at_once(stores: Stores, author: int) -> None:
    posts = [stores.post(author) for _ in range(30)]
    for post in posts:
        await stores.posts.create(post, stores.event())
    assert await stores.posts.get_many([post.post_id for post in posts]) == {post.post_id: post for post in posts}


async def test_nothing_is_read_for_no_ids(stores: Stores) -> None:
    assert await stores.posts.get_many([]) == {}


async def test_a_timeline_is_newest_first_below_an_id(stores: Stores, author: int) -> None:
    ids = []
    for _ in range(3):
        post = stores.post(author)
        await stores.posts.create(post, stores.event())
        ids.append(post.post_id)
    assert await stores.posts.timeline(author, MAX_ID, 2) == [ids[2], ids[1]]
    assert await stores.posts.timeline(author, ids[1], 2) == [ids[0]]
    assert await stores.posts.timeline_to_show(author, ids[1], 2) == [ids[0]]
    nobody = author + 1
    assert await stores.posts.timelines([author, nobody], MAX_ID, 2) == {author: [ids[2], ids[1]], nobody: []}
    assert await stores.posts.timelines([author], ids[1], 2) == {author: [ids[0]]}


async def test_a_create_that_is_repeated_changes_nothing(stores: Stores, author: int) -> None:
    post, event = stores.post(author), stores.event()
    await stores.posts.create(post, event)
    await stores.posts.create(post, event)
    assert await stores.posts.timeline(author, MAX_ID, 5) == [post.post_id]
    assert (await stores.outbox.due(NOW_MS)).count(event) == 1


async def test_a_delete_wins_over_a_create_that_is_replayed_late(stores: Stores, author: int) -> None:
    post, event = stores.post(author), stores.event()
    await stores.posts.create(post, event)
    await stores.posts.delete(post, post.created_at_ms - 5, stores.event())
    await stores.posts.create(post, event)
    found = await stores.posts.get_many([post.post_id])
    assert found[post.post_id].deleted_at_ms == post.created_at_ms - 5
    assert await stores.posts.timeline(author, MAX_ID, 5) == []


async def test_records_are_due_after_five_seconds_oldest_first(stores: Stores, author: int) -> None:
    late, early = stores.event(8), stores.event(9)
    fresh = stores.event(4)
    for event in (late, early, fresh):
        await stores.posts.create(stores.post(author), event)
    due = [record for record in await stores.outbox.due(NOW_MS) if record in (late, early, fresh)]
    assert due == [early, late]


async def test_a_record_of_an_hour_ago_is_due(stores: Stores, author: int) -> None:
    old = stores.event(3600)
    await stores.posts.create(stores.post(author), old)
    assert old in await stores.outbox.due(NOW_MS)


async def test_a_record_that_is_not_discarded_stays_due(stores: Stores, author: int) -> None:
    old, fresh = stores.event(3600), stores.event(4)
    await stores.posts.create(stores.post(author), old)
    await stores.posts.create(stores.post(author), fresh)
    await stores.outbox.due(NOW_MS)
    assert fresh in await stores.outbox.due(NOW_MS + 5_000)
    later = await stores.outbox.due(NOW_MS + 40_000)
    assert old in later
    assert fresh in later


async def test_a_discarded_record_is_gone_even_if_its_batch_is_replayed(stores: Stores, author: int) -> None:
    post, event = stores.post(author), stores.event()
    await stores.posts.create(post, event)
    await stores.outbox.discard(event)
    assert event not in await stores.outbox.due(NOW_MS)
    await stores.posts.create(post, event)
    assert event not in await stores.outbox.due(NOW_MS + 60_000)


async def test_the_first_reservation_of_a_key_holds(stores: Stores, author: int) -> None:
    first = Reservation(author, "POST /v1/posts", secrets.token_hex(8), "hash-1", 17, NOW_MS)
    second = msgspec.structs.replace(first, body_hash="hash-2", resource_id=18, created_at_ms=NOW_MS + 5)
    assert await stores.reservations.reserve(first) == first
    assert await stores.reservations.reserve(second) == first


async def test_keys_are_apart_by_user_and_route(stores: Stores, author: int) -> None:
    first = Reservation(author, "POST /v1/posts", "same-key", "hash", 17, NOW_MS)
    await stores.reservations.reserve(first)
    for other in (
        msgspec.structs.replace(first, user_id=author ^ 1, resource_id=18),
        msgspec.structs.replace(first, route="POST /v1/media/upload/init", resource_id=19),
    ):
        assert await stores.reservations.reserve(other) == other


@pytest.mark.real
@pytest.mark.parametrize("consistency", [None, *ReadConsistency])
async def test_a_timeline_is_shown_at_every_read_consistency_that_can_be_ordered(
    author: int, consistency: ReadConsistency | None
) -> None:
    async with cassandra(lambda: consistency) as session:
        stores = Stores(CassandraPosts(session), CassandraOutbox(session), CassandraReservations(session))
        post = stores.post(author)
        await stores.posts.create(post, stores.event())
        assert await stores.posts.timeline_to_show(author, MAX_ID, 5) == [post.post_id]
