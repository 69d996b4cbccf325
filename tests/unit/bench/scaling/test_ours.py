from bench.scaling.ours import OurScaler
from bench.scaling.simulation import play
from tests.unit.bench.scaling.scripted import small


def test_the_operators_scaler_can_be_played_and_follows_the_lag() -> None:
    trace = small((20.0,) * 60 + (80.0,) * 120, partitions=16, replicas=2)
    score = play(trace, OurScaler(trace))
    assert score.peak > 2
    assert score.lost == 0
