import random
import statistics

import pytest

from bench.scaling.draws import poisson, work_of
from bench.scaling.world import Work


@pytest.mark.parametrize("mean", [0.3, 5.0, 80.0])
def test_drawn_numbers_have_the_mean_and_the_variance_of_a_poisson_process(mean: float) -> None:
    chance = random.Random(1)
    drawn = [poisson(mean, chance) for _ in range(4000)]
    assert statistics.fmean(drawn) == pytest.approx(mean, rel=0.06)
    assert statistics.variance(drawn) == pytest.approx(mean, rel=0.15)


def test_nothing_happens_at_a_rate_of_none() -> None:
    assert poisson(0.0, random.Random(1)) == 0


def test_even_work_is_not_drawn() -> None:
    assert work_of(7, Work(median=2.0), random.Random(1)) == 14.0


def test_no_message_costs_more_than_the_most() -> None:
    assert work_of(1000, Work(median=1.0, sigma=3.0, most=2.0), random.Random(1)) <= 2000.0
