"""What the relay's scan reads, on a session that only counts."""

from collections import Counter
from typing import Any

import pytest

from photo_core.errors import Engine, EngineUnavailable
from photo_core.stores.cassandra.outbox import BUCKETS_AT_ONCE, DAY_MS, FULL_SCAN_EVERY_MS, LIMIT, CassandraOutbox
from photo_core.stores.cassandra.outbox_rows import BUCKET_MS, SHARDS, bucket_at

NOW_MS = 1_767_225_600_000
A_DAY = DAY_MS // BUCKET_MS


class Row:
    def __init__(self, record_id: int) -> None:
        self.record_id, self.topic, self.key, self.value = record_id, "posts.created", "1", b"{}"


class CountingSession:
    """Answers with as many rows as it is told for each bucket."""

    def __init__(self) -> None:
        self.read: Counter[int] = Counter()
        self.rows: dict[int, int] = {}
        self.away = False

    async def execute(self, _statement: str, values: tuple[Any, ...]) -> list[Row]:
        if self.away:
            raise EngineUnavailable(Engine.CASSANDRA, "away")
        bucket, *_, limit = values
        self.read[bucket] += 1
        return [Row(number) for number in range(min(limit, self.rows.get(bucket, 0)))]

    def buckets(self) -> int:
        found = len(self.read)
        self.read.clear()
        return found


@pytest.fixture
def session() -> CountingSession:
    return CountingSession()


@pytest.fixture
def outbox(session: CountingSession) -> CassandraOutbox:
    return CassandraOutbox(session)  # type: ignore[arg-type]


async def test_the_first_scan_goes_back_a_day_and_the_next_only_a_minute(
    outbox: CassandraOutbox, session: CountingSession
) -> None:
    await outbox.due(NOW_MS)
    assert session.buckets() == A_DAY + 1
    await outbox.due(NOW_MS + 1_000)
    assert session.buckets() <= 2


async def test_ten_minutes_later_full_scans_are_short(outbox: CassandraOutbox, session: CountingSession) -> None:
    await outbox.due(NOW_MS)
    session.buckets()
    await outbox.due(NOW_MS + BUCKET_MS + FULL_SCAN_EVERY_MS)
    assert session.buckets() == 2


async def test_after_an_outage_of_cassandra_a_day_is_scanned_again(
    outbox: CassandraOutbox, session: CountingSession
) -> None:
    await outbox.due(NOW_MS)
    session.away = True
    with pytest.raises(EngineUnavailable):
        await outbox.due(NOW_MS + 1_000)
    session.away = False
    session.buckets()
    await outbox.due(NOW_MS + 3 * BUCKET_MS)
    assert session.buckets() == A_DAY + 1


async def test_a_backlog_is_read_oldest_first_and_no_further_than_needed(
    outbox: CassandraOutbox, session: CountingSession
) -> None:
    session.rows = {bucket_at(NOW_MS - DAY_MS) + n: LIMIT for n in range(A_DAY)}
    assert len(await outbox.due(NOW_MS)) == LIMIT
    assert sum(session.read.values()) == BUCKETS_AT_ONCE * SHARDS
    session.buckets()
    session.rows = {}
    await outbox.due(NOW_MS)
    assert session.buckets() == A_DAY + 1, "what was not read is read next"
