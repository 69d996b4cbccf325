import pytest

from bench.scaling import shapes


def test_a_step_is_high_in_its_interval_alone() -> None:
    assert shapes.step(5, 1, 9, (1, 3)) == (1, 9, 9, 1, 1)


def test_a_ramp_climbs_for_two_thirds() -> None:
    course = shapes.ramp(9, 0, 6)
    assert course[:7] == (0, 1, 2, 3, 4, 5, 6)
    assert course[7:] == (4, 2)


def test_a_day_begins_at_its_lowest_and_has_its_highest_at_noon() -> None:
    course = shapes.day(24, 10, 30)
    assert course[0] == pytest.approx(10)
    assert course[12] == pytest.approx(30)


def test_a_spike_is_thirty_times_the_base_within_a_minute_and_halves_in_its_tail() -> None:
    course = shapes.spike(600, 10, 30, at=100)
    assert course[99] == 10
    assert max(course) == course[160] == 300
    assert course[360] == pytest.approx(10 + 290 / 2)


def test_flapping_jumps_every_half_period() -> None:
    assert shapes.flapping(6, 1, 2, 4) == (2, 2, 1, 1, 2, 2)


def test_a_hot_partition_has_its_share_and_the_rest_is_even() -> None:
    assert shapes.skewed(4, hot=1, share=0.4) == pytest.approx((0.2, 0.4, 0.2, 0.2))


def test_ranks_weigh_less_and_less() -> None:
    assert shapes.zipf(3, 1.0) == pytest.approx((1, 1 / 2, 1 / 3))


def test_courses_are_added_second_by_second() -> None:
    assert shapes.add((1, 2), (3, 4)) == (4, 6)
