from hypothesis import given
from hypothesis import strategies as st

from photo_core.domain.feed.absence import DAY_MS, away_before_ms, passed_over_before_ms


@given(now_ms=st.integers(0, 1 << 45), days=st.integers(1, 365), late_ms=st.integers(0, DAY_MS))
def test_who_is_passed_over_is_away_for_readers_whose_clock_is_a_day_behind(
    now_ms: int, days: int, late_ms: int
) -> None:
    newest_passed_over_ms = passed_over_before_ms(now_ms, days) - 1
    assert newest_passed_over_ms < away_before_ms(now_ms - late_ms, days)
