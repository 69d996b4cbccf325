"""The bytes of a follow graph: what was encoded is read back, anything else is no graph."""

from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.accounts import FollowGraph
from photo_core.domain.feed.graph_snapshot import MAGIC, decode, encode, graph_key
from photo_core.domain.ids import MAX_ID

VIEWER = 7
ids = st.integers(0, MAX_ID)
graphs = st.builds(FollowGraph, st.just(VIEWER), version=ids, followees=st.frozensets(ids, max_size=40))


@given(graphs)
def test_what_was_encoded_is_read_back(graph: FollowGraph) -> None:
    assert decode(encode(graph), VIEWER) == graph


@given(graphs, st.data())
def test_a_torn_value_is_no_graph(graph: FollowGraph, data: st.DataObject) -> None:
    value = encode(graph)
    assert decode(value[: data.draw(st.integers(0, len(value) - 1))], VIEWER) is None


@given(graphs, st.data())
def test_a_damaged_value_is_no_graph(graph: FollowGraph, data: st.DataObject) -> None:
    value = bytearray(encode(graph))
    value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    assert decode(bytes(value), VIEWER) is None


@given(st.binary(max_size=120) | st.binary(max_size=120).map(lambda tail: MAGIC + tail))
def test_any_bytes_are_decoded_without_failing(value: bytes) -> None:
    graph = decode(value, VIEWER)
    assert graph is None or encode(graph) == value


@given(graphs, graphs)
def test_versions_compare_as_bytes(one: FollowGraph, other: FollowGraph) -> None:
    assert (encode(one)[4:12] < encode(other)[4:12]) == (one.version < other.version)


def test_a_graph_is_in_the_slot_of_its_feed() -> None:
    assert graph_key("demo:", 42) == b"demo:graph:{42}"
