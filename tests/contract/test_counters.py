"""What every Counters and Touches does."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from photo_core.domain.interactions import Tally
from photo_core.domain.posts import Post
from photo_core.fakes.interactions import FakeCounters, FakeTouches
from photo_core.fakes.posts import FakeOutbox
from photo_core.ports.counters import Counters, Touches
from photo_core.ports.posts import OutboxRecord
from photo_core.stores.cassandra.counters import CassandraCounters, CassandraTouches
from photo_core.stores.cassandra.posts import CassandraPosts
from tests.support.engines import cassandra

MINUTE = secrets.randbelow(1 << 40)
FIRST_TOKEN = -(1 << 63)


@dataclass(frozen=True)
class Stores:
    counters: Counters
    touches: Touches


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "fake":
        touches = FakeTouches(FakeOutbox())
        touches.posts = [1, 2, 3]
        yield Stores(FakeCounters(FakeOutbox()), touches)
        return
    async with cassandra() as session:
        posts = CassandraPosts(session)
        for post_id in (1, 2, 3):
            await posts.create(Post(post_id, 7, "ada", (), "", 0), OutboxRecord(post_id, "posts.created", "7", b""))
        yield Stores(CassandraCounters(session), CassandraTouches(session))


@pytest.fixture
def post() -> int:
    return secrets.randbits(62)


async def test_a_tally_is_read_as_it_was_stored(stores: Stores, post: int) -> None:
    tallies = [Tally(post + index, 3, -1, 1 << 48 | 9, 99) for index in range(30)]
    await stores.counters.store(tallies)
    asked = [post - 1, *(tally.post_id for tally in tallies)]
    assert await stores.counters.get_many(asked) == {tally.post_id: tally for tally in tallies}
    assert await stores.counters.to_show(asked) == await stores.counters.get_many(asked)
    assert await stores.counters.get_many([]) == {}


async def test_a_tally_of_a_lower_position_never_overwrites(stores: Stores, post: int) -> None:
    early, late, anew = Tally(post, 1, 0, 5, 50), Tally(post, 2, 1, 6, 60), Tally(post, 3, 1, 1 << 48 | 1, 70)
    for stored, held in ((late, late), (early, late), (anew, anew), (late, anew)):
        await stores.counters.store([stored])
        assert await stores.counters.get_many([post]) == {post: held}


async def test_posts_are_touched_once_a_minute(stores: Stores, post: int) -> None:
    at_ms = (MINUTE + secrets.randbelow(1 << 20)) * 60_000
    for late in (0, 59_999, 60_000):
        await stores.touches.touch(post, at_ms + late)
    assert await stores.touches.touched(at_ms // 60_000) == [post]
    assert await stores.touches.touched(at_ms // 60_000 + 1) == [post]
    assert await stores.touches.touched(at_ms // 60_000 + 2) == []


async def test_all_posts_are_found_page_by_page(stores: Stores) -> None:
    found, after = [], FIRST_TOKEN
    while True:
        page, go_on_after = await stores.touches.post_ids(after, 2)
        assert len(page) <= 2
        found += page
        if go_on_after is None:
            break
        after = go_on_after
    assert len(found) == len(set(found))
    assert {1, 2, 3} <= set(found)


async def test_a_scan_goes_on_where_it_was(stores: Stores) -> None:
    name = secrets.token_hex(4)
    assert await stores.touches.progress(name) is None
    for done in (5, -9):
        await stores.touches.advance(name, done)
        assert await stores.touches.progress(name) == done
