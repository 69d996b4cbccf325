"""Where an outbox record stands: shared by the batches that write records and the relay's scan that reads them."""

from photo_core.domain.ids import created_at_ms
from photo_core.ports.posts import OutboxRecord
from photo_core.stores.cassandra.session import Bound

BUCKET_MS = 600_000
SHARDS = 4
INSERT = "INSERT INTO outbox (bucket, shard, record_id, topic, key, value) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?"
DELETE = "DELETE FROM outbox USING TIMESTAMP ? WHERE bucket = ? AND shard = ? AND record_id = ?"


def bucket_at(at_ms: int) -> int:
    """Return the number of the ten minutes that a time (Unix milliseconds) falls into."""
    return at_ms // BUCKET_MS


def place(record_id: int) -> tuple[int, int]:
    """Return the bucket and the shard of a record."""
    at_ms = created_at_ms(record_id)
    return bucket_at(at_ms), at_ms % SHARDS


def insertion(record: OutboxRecord) -> Bound:
    """Return the statement that stores a record; written as of its id, so that a replay never undoes a discard."""
    return INSERT, (
        *place(record.record_id),
        record.record_id,
        record.topic,
        record.key,
        record.value,
        _written(record),
    )


def discarding(record: OutboxRecord) -> Bound:
    """Return the statement that forgets a record for good."""
    return DELETE, (_written(record) + 1, *place(record.record_id), record.record_id)


def _written(record: OutboxRecord) -> int:
    return created_at_ms(record.record_id) * 1000
