"""What becomes of a feed head."""

from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.feed.head import (
    FeedHead,
    Rebuilt,
    plan_advance,
    plan_begin,
    plan_finish,
    plan_trim,
    slack,
    whole_head,
)
from photo_core.domain.feed.layout import HeadState, StoredHead, decode, encode, ids_in_block, pack_id

EPOCH, NEXT_EPOCH = "a" * 16, "b" * 16
NONCE, OTHER = b"nonce--1", b"nonce--2"
GRAPH = 3
posts = st.lists(st.integers(0, 60), max_size=40)


def whole(*post_ids: int, complete_down_to: int = 0) -> bytes:
    return encode(StoredHead(HeadState.WHOLE, complete_down_to, GRAPH, EPOCH, post_ids=post_ids))


def building(*post_ids: int) -> bytes:
    return encode(StoredHead(HeadState.BUILDING, 0, 0, EPOCH, NONCE, post_ids))


def test_only_a_whole_head_of_this_epoch_and_graph_answers() -> None:
    value = whole(2, 3, 2)
    assert whole_head(value, EPOCH, GRAPH) == FeedHead((3, 2), 0)
    assert whole_head(value, NEXT_EPOCH, GRAPH) is None
    assert whole_head(value, EPOCH, GRAPH + 1) is None
    assert whole_head(building(2), EPOCH, 0) is None
    assert whole_head(None, EPOCH, GRAPH) is None


def test_a_rebuild_begins_where_nothing_is() -> None:
    begun = plan_begin(None, EPOCH, NONCE)
    assert begun.replacement is not None
    assert decode(begun.replacement) == StoredHead(HeadState.BUILDING, 0, 0, EPOCH, NONCE)


def test_a_rebuild_in_the_same_epoch_is_joined() -> None:
    begun = plan_begin(building(1), EPOCH, OTHER)
    assert (begun.nonce, begun.replacement) == (NONCE, None)


def test_a_rebuild_of_a_lost_epoch_is_not_joined() -> None:
    begun = plan_begin(building(1), NEXT_EPOCH, OTHER)
    assert begun.nonce == OTHER
    assert decode(begun.replacement) == StoredHead(HeadState.BUILDING, 0, 0, NEXT_EPOCH, OTHER, (1,))


def test_a_rebuild_finishes_only_with_its_nonce_in_its_epoch() -> None:
    rebuilt = Rebuilt(NONCE, FeedHead((5,), 0), GRAPH)
    assert plan_finish(None, EPOCH, rebuilt, cap=10) is None
    assert plan_finish(whole(1), EPOCH, rebuilt, cap=10) is None
    assert plan_finish(building(1), NEXT_EPOCH, rebuilt, cap=10) is None
    assert plan_finish(building(1), EPOCH, Rebuilt(OTHER, FeedHead((5,), 0), GRAPH), cap=10) is None
    assert plan_finish(building(1), EPOCH, rebuilt, cap=10) == whole(1, 5)


@given(posts, posts, st.integers(0, 60), st.integers(1, 20))
def test_a_finished_head_holds_every_known_post_above_its_watermark(
    arrived: list[int], found: list[int], floor: int, cap: int
) -> None:
    rebuilt = FeedHead(tuple(post_id for post_id in found if post_id >= floor), floor)
    value = plan_finish(building(*arrived), EPOCH, Rebuilt(NONCE, rebuilt, GRAPH), cap)
    head = whole_head(value, EPOCH, GRAPH)
    assert head is not None
    assert len(head.post_ids) <= cap
    assert set(head.post_ids) == {each for each in {*arrived, *found} if each >= head.complete_down_to}


@given(posts, st.integers(1, 20))
def test_a_trim_loses_nothing_above_the_watermark_that_it_sets(arrived: list[int], cap: int) -> None:
    trimmed = plan_trim(whole(*arrived), cap)
    head = whole_head(trimmed, EPOCH, GRAPH)
    assert head is not None
    assert len(head.post_ids) <= cap
    assert set(head.post_ids) == {each for each in arrived if each >= head.complete_down_to}


@given(posts, posts, st.integers(1, 20))
def test_trimming_while_building_leaves_the_same_truth(arrived: list[int], found: list[int], cap: int) -> None:
    rebuilt = Rebuilt(NONCE, FeedHead(tuple(found), 0), GRAPH)
    trimmed = plan_trim(building(*arrived), cap)
    assert trimmed is not None
    head = whole_head(plan_finish(trimmed, EPOCH, rebuilt, cap), EPOCH, GRAPH)
    assert head is not None
    assert set(head.post_ids) == {each for each in {*arrived, *found} if each >= head.complete_down_to}


def test_stray_ids_are_not_trimmed_into_a_head() -> None:
    assert plan_trim(pack_id(1) * 20, cap=4) is None


def test_a_head_gathers_a_tenth_beyond_its_cap_and_what_its_memory_has_room_for() -> None:
    for cap in range(1, 2_000):
        assert slack(cap) == ids_in_block(cap + max(16, cap // 10)) - cap >= 16


def test_a_head_is_advanced_to_the_next_graph_with_the_ids_of_a_new_followee() -> None:
    value = plan_advance(whole(3, 9, complete_down_to=2), EPOCH, FeedHead((8, 5, 3), 3), GRAPH + 1)
    assert value == encode(StoredHead(HeadState.WHOLE, 3, GRAPH + 1, EPOCH, post_ids=(3, 5, 8, 9)))
    value = plan_advance(whole(6, 9, complete_down_to=6), EPOCH, FeedHead((8, 5), 5), GRAPH + 1)
    assert whole_head(value, EPOCH, GRAPH + 1) == FeedHead((9, 8, 6), 6)


def test_no_other_head_is_advanced() -> None:
    onward = FeedHead((5,), 0)
    assert plan_advance(None, EPOCH, onward, GRAPH + 1) is None
    assert plan_advance(building(1), EPOCH, onward, 1) is None
    assert plan_advance(whole(1), NEXT_EPOCH, onward, GRAPH + 1) is None
    assert plan_advance(whole(1), EPOCH, onward, GRAPH) is None
    assert plan_advance(whole(1), EPOCH, onward, GRAPH + 2) is None
