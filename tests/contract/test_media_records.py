"""MediaRecords: the same behaviour in memory and on Cassandra."""

import itertools
import secrets
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from photo_core.clock import SystemClock
from photo_core.domain.media import Media, MediaState, Variant
from photo_core.domain.media_lifecycle import (
    Encoded,
    Expired,
    Progressed,
    Rejected,
    Uploaded,
    advance,
    original_key,
)
from photo_core.engines.cassandra import cassandra_settings
from photo_core.fakes.media import FakeMediaLeases, FakeMediaRecords
from photo_core.ports.media import MediaLeases, MediaRecords
from photo_core.settings import process_source
from photo_core.stores.cassandra.media import CassandraMediaRecords
from photo_core.stores.cassandra.media_leases import CassandraMediaLeases
from photo_core.stores.cassandra.provision import provision
from photo_core.stores.cassandra.session import CassandraSession

VARIANT = Variant("small", 320, 240, "image/webp", 1234, "m/1/abc.webp")


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def records(request: pytest.FixtureRequest) -> AsyncIterator[MediaRecords]:
    if request.param == "fake":
        yield FakeMediaRecords()
        return
    settings = cassandra_settings(process_source())
    await provision(settings)
    session = CassandraSession(settings)
    yield CassandraMediaRecords(session)
    await session.close()


@pytest.fixture
def media() -> Media:
    media_id = secrets.randbits(62)
    return Media(media_id, 7, "image/jpeg", 10, original_key(media_id), SystemClock().now_ms(), sha256="ab" * 32)


def life_of(media: Media) -> list[Media]:
    """Return every record of a photograph that was uploaded, encoded and is READY."""
    uploaded = advance(media, Uploaded())
    begun = advance(uploaded, Progressed(0))
    halfway = advance(begun, Progressed(50))
    return [media, uploaded, begun, halfway, advance(halfway, Encoded((VARIANT,)))]


async def stored(records: MediaRecords, media: Media) -> Media | None:
    return (await records.get_many([media.media_id])).get(media.media_id)


async def test_a_record_is_read_back_as_it_was_saved(records: MediaRecords, media: Media) -> None:
    for record in life_of(replace(media, filter="none")):
        await records.save(record)
        assert await stored(records, record) == record


async def test_only_records_that_exist_are_found(records: MediaRecords, media: Media) -> None:
    await records.save(media)

    assert await records.get_many([media.media_id, media.media_id + 1]) == {media.media_id: media}
    assert await records.get_many([]) == {}


async def test_the_record_that_is_furthest_wins_in_whichever_order_writes_arrive(
    records: MediaRecords, media: Media
) -> None:
    for order in itertools.permutations(life_of(media)):
        media_id = secrets.randbits(62)
        for record in order:
            await records.save(replace(record, media_id=media_id))
        held = (await records.get_many([media_id]))[media_id]
        assert held == replace(life_of(media)[-1], media_id=media_id)


async def test_a_failure_that_comes_late_does_not_undo_a_ready_photograph(records: MediaRecords, media: Media) -> None:
    *_, halfway, ready = life_of(media)
    await records.save(ready)

    await records.save(advance(halfway, Rejected("too late")))

    assert await stored(records, media) == ready


async def test_unfinished_records_are_listed_oldest_first(records: MediaRecords, media: Media) -> None:
    younger = replace(media, media_id=media.media_id + 1, created_at_ms=media.created_at_ms + 1)
    for record in (younger, media, advance(younger, Uploaded())):
        await records.save(record)

    listed = await records.unfinished(media.created_at_ms, media.created_at_ms + 2)

    mine = [m for m in listed if m.media_id in {media.media_id, younger.media_id}]
    assert mine == [media, advance(younger, Uploaded())]


async def test_the_bounds_of_the_list_are_from_inclusive_to_exclusive(records: MediaRecords, media: Media) -> None:
    await records.save(media)

    assert media in await records.unfinished(media.created_at_ms, media.created_at_ms + 1)
    assert media not in await records.unfinished(media.created_at_ms - 5, media.created_at_ms)
    assert media not in await records.unfinished(media.created_at_ms + 1, media.created_at_ms + 5)


async def test_what_is_finished_leaves_the_list_for_good(records: MediaRecords, media: Media) -> None:
    await records.save(media)
    await records.save(advance(media, Expired()))
    await records.save(media)

    assert media.media_id not in {
        m.media_id for m in await records.unfinished(media.created_at_ms, media.created_at_ms + 1)
    }
    held = await stored(records, media)
    assert held is not None
    assert held.state is MediaState.EXPIRED


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def leases(request: pytest.FixtureRequest) -> AsyncIterator[MediaLeases]:
    if request.param == "fake":
        yield FakeMediaLeases()
        return
    settings = cassandra_settings(process_source())
    await provision(settings)
    session = CassandraSession(settings)
    yield CassandraMediaLeases(session)
    await session.close()


async def test_who_takes_a_media_learns_who_else_has_it(leases: MediaLeases, media: Media) -> None:
    assert await leases.take(media.media_id, "a") == frozenset()
    assert await leases.take(media.media_id, "a") == frozenset()
    assert await leases.take(media.media_id, "b") == {"a"}
    await leases.give_back(media.media_id, "a")
    await leases.give_back(media.media_id, "never took it")
    assert await leases.take(media.media_id, "c") == {"b"}
