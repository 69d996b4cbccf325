from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.accounts import PullRange
from photo_core.domain.ids import MAX_ID
from photo_core.domain.pull_ranges import closed_at, coalesced, joined

AUTHOR = 5
IDS = range(60)
bounds = st.integers(0, 40)
ranges = st.lists(
    st.builds(
        lambda low, length: PullRange(AUTHOR, low, None if length is None else low + length),
        bounds,
        st.none() | st.integers(0, 9),
    ),
    max_size=6,
)


def ids_of(ranges: tuple[PullRange, ...] | list[PullRange]) -> set[int]:
    return {id_ for each in ranges for id_ in IDS if each.from_id <= id_ and (each.to_id is None or id_ <= each.to_id)}


@given(ranges)
def test_joined_ranges_hold_the_same_ids_with_a_gap_between_any_two(given_ranges: list[PullRange]) -> None:
    result = joined(given_ranges)
    assert ids_of(result) == ids_of(given_ranges)
    for older, newer in pairwise(result):
        assert older.to_id is not None
        assert older.to_id + 1 < newer.from_id


@given(ranges, bounds)
def test_closing_keeps_every_id_up_to_the_end_and_every_closed_range(given_ranges: list[PullRange], to_id: int) -> None:
    result = closed_at(given_ranges, to_id)
    assert all(each.to_id is not None for each in result)
    assert {id_ for id_ in ids_of(given_ranges) if id_ <= to_id} <= ids_of(result)
    assert ids_of([each for each in given_ranges if each.to_id is not None]) <= ids_of(result)
    assert ids_of(result) <= ids_of(given_ranges)


def test_a_range_that_ends_with_the_last_id_is_open() -> None:
    assert joined([PullRange(AUTHOR, 1, 5), PullRange(AUTHOR, 6, MAX_ID)]) == (PullRange(AUTHOR, 1),)


def test_late_posts_of_an_author_become_one_range() -> None:
    ranges = [PullRange(1, 5, 5), PullRange(2, 7, 7), PullRange(1, 3, 3)]
    assert coalesced(ranges) == [PullRange(1, 3, 5), PullRange(2, 7, 7)]
