"""The bytes of a cached post and its counts: what was encoded is read back, anything else is a miss."""

from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.feed.cached_post import (
    COUNTS_MAGIC,
    HEADER_BYTES,
    MAGIC,
    TOMBSTONE,
    Entry,
    EntryKind,
    StoredCounts,
    counts_key,
    decode,
    decode_counts,
    encode,
    encode_counts,
    post_key,
)
from photo_core.domain.ids import MAX_ID

ids = st.integers(0, MAX_ID)
epochs = st.text("0123456789abcdef", min_size=16, max_size=16)
posts = st.builds(Entry, st.just(EntryKind.POST), ids, epochs, st.binary(max_size=200))
entries = posts | st.just(TOMBSTONE)
counts = st.builds(StoredCounts, ids, ids, ids, epochs)


@given(entries)
def test_what_was_encoded_is_read_back(entry: Entry) -> None:
    assert decode(encode(entry)) == entry


@given(entries, st.data())
def test_a_torn_entry_is_a_miss(entry: Entry, data: st.DataObject) -> None:
    value = encode(entry)
    assert decode(value[: data.draw(st.integers(0, len(value) - 1))]) is None


@given(entries, st.data())
def test_a_damaged_entry_is_a_miss(entry: Entry, data: st.DataObject) -> None:
    value = bytearray(encode(entry))
    value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    assert decode(bytes(value)) is None


@given(st.binary(max_size=120) | st.binary(max_size=120).map(lambda tail: MAGIC + tail))
def test_any_bytes_are_decoded_without_failing(value: bytes) -> None:
    entry = decode(value)
    assert entry is None or encode(entry) == value


@given(counts)
def test_encoded_counts_are_read_back(stored: StoredCounts) -> None:
    assert decode_counts(encode_counts(stored)) == stored


@given(st.binary(max_size=80) | st.binary(min_size=44, max_size=44).map(lambda tail: COUNTS_MAGIC + tail))
def test_any_bytes_are_decoded_as_counts_without_failing(value: bytes) -> None:
    stored = decode_counts(value)
    assert stored is None or encode_counts(stored) == value


def test_nothing_is_a_miss() -> None:
    assert decode(None) is None
    assert decode_counts(None) is None


def test_a_tombstone_tells_nothing_of_the_post() -> None:
    assert len(encode(TOMBSTONE)) == HEADER_BYTES


def test_a_post_and_its_counts_are_in_one_slot() -> None:
    assert post_key("demo:", 42) == b"demo:post:{42}"
    assert counts_key("demo:", 42) == b"demo:counts:{42}"
