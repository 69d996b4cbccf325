"""The table of degraded levels holds together."""

from itertools import pairwise

from photo_core.domain.degradation import LEVELS, TRUTH_SECONDS, Cut, Setter


def test_levels_stand_at_their_own_numbers() -> None:
    assert [level.level for level in LEVELS] == [0, 1, 2, 3, 4]


def test_a_level_turns_off_all_that_the_one_below_does_and_more() -> None:
    for below, level in pairwise(LEVELS):
        assert below.cuts < level.cuts
        assert below.pages_divided_by <= level.pages_divided_by


def test_nothing_is_off_at_level_0_and_everything_at_level_4() -> None:
    assert not LEVELS[0].cuts
    assert LEVELS[4].cuts == frozenset(Cut)


def test_a_person_may_set_any_level() -> None:
    assert all(Setter.PERSON in level.set_by for level in LEVELS)


def test_what_a_level_is_said_to_turn_off_is_what_its_numbers_do() -> None:
    for level in LEVELS:
        assert (Cut.LARGE_PAGES in level.cuts) == (level.pages_divided_by > 1)
        assert (Cut.PATIENCE in level.cuts) == (level.truth_seconds < TRUTH_SECONDS)
        assert (Cut.PULLED_FEEDS in level.cuts) == (level.truth_seconds == 0)
        assert Cut.WRITES in level.cuts or Cut.UPLOADS not in level.cuts, "beginning an upload is a write"
