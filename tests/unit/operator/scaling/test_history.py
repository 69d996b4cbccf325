import pytest

from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Lag, Rates, Sample


def _sample(at: float, produced: int, committed: int) -> Sample:
    return Sample(at, Lag(produced - committed, produced, committed, 8))


def test_rates_are_differences_over_the_window() -> None:
    history = ScalingHistory()
    history.add(_sample(0, 100, 100), 2)
    history.add(_sample(5, 200, 140), 2)
    history.add(_sample(10, 300, 180), 2)
    rates = history.rates()
    assert (rates.arrival, rates.service) == (20.0, 8.0)


def test_one_workers_rate_is_learned_only_while_it_is_busy() -> None:
    history = ScalingHistory()
    history.add(_sample(0, 100, 100), 2)
    history.add(_sample(5, 200, 200), 2)
    assert history.rates().per_worker is None
    history.add(_sample(10, 400, 250), 2)
    history.add(_sample(15, 400, 300), 2)
    assert history.rates().per_worker == pytest.approx(5.0)


def test_a_stalled_group_teaches_nothing() -> None:
    history = ScalingHistory()
    history.add(_sample(0, 100, 0), 1)
    history.add(_sample(5, 100, 0), 1)
    assert history.rates().per_worker is None


def test_an_old_count_is_not_the_latest() -> None:
    history = ScalingHistory()
    history.add(_sample(0, 100, 0), 1)
    assert history.latest(10, max_age=15) is not None
    assert history.latest(20, max_age=15) is None


def test_wishes_are_forgotten_after_the_calm() -> None:
    history = ScalingHistory()
    history.wish(0, 5)
    history.wish(20, 2)
    history.wish(31, 1)
    assert history.wanted_recently() == (2, 1)


def test_capacity_is_what_busy_workers_do_and_not_what_idle_ones_did() -> None:
    assert Rates(service=2.0, per_worker=15.0).capacity(3) == 45.0
    assert Rates(service=2.0).capacity(3) == 2.0
