"""What holds for every course of decisions under a load that stays the same."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from photo_operator.scaling.model import LimitedBy, Policy
from tests.unit.operator.scaling.group import PARTITIONS, Load, Play

HALF_AN_HOUR = 1800.0
# each with room for what counts can tell apart
carried = st.tuples(st.integers(1, 6), st.floats(0.2, 0.8), st.floats(5, 50)).map(
    lambda found: ((found[0] - found[1]) * 0.8 * found[2], found[2])
)
delays = st.tuples(st.floats(0.5, 15), st.floats(0, 4))


@pytest.mark.search
@settings(settings.get_profile("costly"))
@given(carried, delays, st.integers(1, 8), st.integers(0, 3), st.sampled_from([10, 30, 60]))
def test_a_steady_load_is_drained_and_then_answered_by_one_number(
    steady: tuple[float, float], delay: tuple[float, float], replicas: int, backlog: int, target: int
) -> None:
    arrival, rate = steady
    play = Play(Policy(1, 8, target), replicas, Load(arrival, rate, int(backlog * target * rate), *delay))
    play.run(HALF_AN_HOUR)
    assert play.lag <= arrival + rate
    assert play.numbers[-1][0] < 1200
    assert not play.oscillates
    few, many = _carrying(arrival, rate, 0.84), _carrying(arrival, rate, 0.76)
    assert few <= play.replicas <= many if play.highest >= many else play.replicas * rate > arrival


@pytest.mark.search
@settings(settings.get_profile("costly"))
@given(carried, delays, st.integers(1, 4), st.sampled_from([10, 30, 60]))
def test_a_backlog_for_all_is_drained_by_all_and_leaves_those_that_carry_the_arrivals(
    steady: tuple[float, float], delay: tuple[float, float], replicas: int, target: int
) -> None:
    arrival, rate = steady
    assume(delay[1] <= target / 5)  # else what a rebalance stops is late by itself, and the number rises for it again
    play = Play(Policy(1, 8, target), replicas, Load(arrival, rate, int(20 * target * rate), *delay))
    play.run(HALF_AN_HOUR)
    assert play.highest == 8
    assert play.lag <= arrival + rate
    assert _carrying(arrival, rate, 0.84) <= play.replicas <= _carrying(arrival, rate, 0.76)
    assert not play.oscillates


UNEVEN = [
    pytest.param(4, 5.5, 10.0, Policy(1, 4, 60), id="4 partitions, half a worker each"),
    pytest.param(4, 20.65, 40.0, Policy(1, 4, 10), id="4 partitions, half a worker each, short target"),
    pytest.param(8, 3.0, 10.0, Policy(1, 8, 10), id="8 partitions, a third of a worker each"),
    pytest.param(8, 5.5, 10.0, Policy(1, 8, 30), id="8 partitions, half a worker each"),
    pytest.param(12, 4.5, 10.0, Policy(1, 12, 10), id="12 partitions, less than half a worker each"),
    pytest.param(8, 6.5, 10.0, Policy(1, 8, 10), id="8 partitions, two thirds of a worker each"),
    pytest.param(16, 6.5, 10.0, Policy(1, 16, 30), id="16 partitions, two thirds of a worker each"),
    pytest.param(4, 6.05, 10.0, Policy(1, 4, 60), id="4 partitions, more than half a worker each"),
]


@pytest.mark.parametrize(("partitions", "each", "rate", "policy"), UNEVEN)
@pytest.mark.parametrize("all_there", [True, False])
def test_what_cannot_be_dealt_out_evenly_is_carried_by_a_number_that_stays(
    partitions: int, each: float, rate: float, policy: Policy, *, all_there: bool
) -> None:
    load = Load(partitions * each, rate, partitions=partitions)
    play = Play(policy, policy.max if all_there else 1, load)
    play.run(HALF_AN_HOUR)
    fullest = math.ceil(partitions / play.replicas) * each
    assert fullest <= 0.8 * 1.15 * rate or play.replicas == partitions
    assert play.lag <= load.arrival + rate
    assert play.numbers[-1][0] < 300
    assert not play.oscillates


def test_there_are_as_many_workers_as_partitions_at_most() -> None:
    play = Play(Policy(1, 8, 10), 1, Load(20.0, 10.0, 4000, partitions=4))
    play.run(HALF_AN_HOUR)
    assert play.highest == 4
    assert LimitedBy.PARTITIONS in play.limits
    assert play.lag <= 30


@pytest.mark.parametrize(
    ("arrival", "rate", "lag", "target"), [(0.5, 0.2, 0, 60), (0.3, 0.2, 100, 60), (0.3, 0.1, 40, 90)]
)
def test_long_jobs_are_learned_from_and_drained(arrival: float, rate: float, lag: int, target: int) -> None:
    play = Play(Policy(1, 8, target), 1, Load(arrival, rate, lag))
    play.run(HALF_AN_HOUR)
    assert play.replicas * rate > arrival
    assert play.lag <= 16
    assert not play.oscillates


def test_where_more_workers_do_less_they_are_tried_ever_more_seldom() -> None:
    play = Play(Policy(1, 8, 10), 1, Load(60.0, 10.0, 1000, crowd=2.0))
    play.run(2 * HALF_AN_HOUR)
    rises = [at for (_, before), (at, number) in pairwise(play.numbers) if number > before]
    falls = [at for (_, before), (at, number) in pairwise(play.numbers) if number < before]
    assert [later - earlier for earlier, later in pairwise(rises)] == pytest.approx([130, 250, 490, 970, 970], abs=10)
    assert all(0 < back - tried <= 20 for tried, back in zip(rises, falls, strict=True))
    assert (play.replicas, LimitedBy.DOWNSTREAM_SATURATED in play.limits) == (1, True)


def _carrying(arrival: float, rate: float, busy: float) -> int:
    """Return the fewest workers none of which is much busier than that with what arrives alone."""
    each = arrival / PARTITIONS / rate / busy
    return next(
        number
        for number in range(max(1, math.ceil(PARTITIONS * each - 0.05)), PARTITIONS + 1)
        if math.ceil(PARTITIONS / number) * each <= 1.15
    )
