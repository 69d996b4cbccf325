import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.statistics import median, percentile

VALUES = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=200)


@given(VALUES, st.floats(min_value=0.01, max_value=1.0))
def test_a_percentile_is_one_of_the_values_and_covers_its_share(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


@given(VALUES)
def test_the_whole_share_is_the_largest_value(values: list[float]) -> None:
    assert percentile(values, 1.0) == max(values)


def test_the_median_of_an_odd_number_is_the_middle_one() -> None:
    assert median([9.0, 1.0, 5.0]) == 5.0


def test_nothing_measured_is_an_error_and_not_a_zero() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)
