"""The bytes of a feed head: what was encoded is read back, anything else is no head."""

from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.feed.layout import (
    HEADER_BYTES,
    ID_BYTES,
    MAGIC,
    NONCE_BYTES,
    SMALLEST_APPENDED,
    STRING_BYTES,
    HeadState,
    StoredHead,
    decode,
    encode,
    feed_key,
    ids_in_block,
    pack_id,
)
from photo_core.domain.ids import MAX_ID

ids = st.integers(0, MAX_ID)
heads = st.builds(
    StoredHead,
    state=st.sampled_from(HeadState),
    complete_down_to=ids,
    graph_version=ids,
    epoch=st.text("0123456789abcdef", min_size=16, max_size=16),
    nonce=st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES),
    post_ids=st.lists(ids, max_size=40).map(tuple),
)


@given(heads)
def test_what_was_encoded_is_read_back(head: StoredHead) -> None:
    assert decode(encode(head)) == head


@given(heads, ids)
def test_a_bare_append_adds_an_id(head: StoredHead, post_id: int) -> None:
    grown = decode(encode(head) + pack_id(post_id))
    assert grown is not None
    assert grown.post_ids == (*head.post_ids, post_id)


@given(heads, st.data())
def test_a_torn_value_is_no_head(head: StoredHead, data: st.DataObject) -> None:
    value = encode(head)
    cut = data.draw(st.integers(0, len(value) - 1).filter(lambda at: at < HEADER_BYTES or at % ID_BYTES))
    assert decode(value[:cut]) is None


@given(st.binary(max_size=120))
def test_any_bytes_are_decoded_without_failing(value: bytes) -> None:
    head = decode(value)
    assert head is None or encode(head) == value


@given(heads, st.integers(0, HEADER_BYTES - 1), st.integers(1, 255))
def test_a_damaged_header_is_no_head_or_says_something_else(head: StoredHead, at: int, flip: int) -> None:
    value = bytearray(encode(head))
    value[at] ^= flip
    damaged = decode(bytes(value))
    assert damaged is None if at < len(MAGIC) else damaged != head


@given(st.lists(ids, min_size=1, max_size=30))
def test_stray_ids_are_never_taken_for_a_head(post_ids: list[int]) -> None:
    stray = b"".join(map(pack_id, post_ids))
    assert decode(stray) is None
    assert stray[0] < MAGIC[0]


def test_a_first_append_is_shorter_than_any_append_to_a_head() -> None:
    assert ID_BYTES < SMALLEST_APPENDED == HEADER_BYTES + ID_BYTES == 56


def test_a_key_carries_prefix_and_hash_tag() -> None:
    assert feed_key("demo:", 42) == b"demo:feed:{42}"


@given(st.integers(1, 5000))
def test_a_block_holds_what_it_must_and_wastes_no_id(least: int) -> None:
    assert least <= ids_in_block(least) == ids_in_block(ids_in_block(least))


def test_the_usual_head_fills_a_block_of_seven_kilobytes() -> None:
    assert ids_in_block(880) == 889 == (7168 - STRING_BYTES - HEADER_BYTES) // ID_BYTES
