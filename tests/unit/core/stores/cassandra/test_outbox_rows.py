from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.ids import MAX_SEQUENCE, MAX_WORKER, compose
from photo_core.ports.posts import OutboxRecord
from photo_core.stores.cassandra.outbox import buckets_since
from photo_core.stores.cassandra.outbox_rows import BUCKET_MS, SHARDS, bucket_at, discarding, insertion, place

TIMES = st.integers(1_767_225_600_000, 1_900_000_000_000)
IDS = st.builds(compose, TIMES, st.integers(0, MAX_WORKER), st.integers(0, MAX_SEQUENCE))


@given(record_id=IDS)
def test_a_record_is_discarded_where_it_was_stored_and_after_it_was_written(record_id: int) -> None:
    record = OutboxRecord(record_id, "posts.created", "1", b"{}")
    _, (bucket, shard, stored_id, *_, written) = insertion(record)
    _, (discarded, *discarded_place) = discarding(record)
    assert discarded_place == [bucket, shard, stored_id]
    assert discarded > written


@given(record_id=IDS)
def test_every_record_has_a_shard(record_id: int) -> None:
    _, shard = place(record_id)
    assert 0 <= shard < SHARDS


@given(now_ms=TIMES, ago_ms=st.integers(0, 24 * 3_600_000))
def test_a_scan_covers_the_bucket_of_every_time_in_its_span(now_ms: int, ago_ms: int) -> None:
    buckets = buckets_since(now_ms - ago_ms, now_ms)
    assert {bucket_at(now_ms), bucket_at(now_ms - ago_ms), bucket_at(now_ms - ago_ms // 2)} <= buckets
    assert len(buckets) <= ago_ms // BUCKET_MS + 2
