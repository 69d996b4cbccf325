import pytest

from bench.scaling.contenders import OURS, PEERS, Contender, messages_in_time
from bench.scaling.load import build_load
from bench.scaling.runs import TraceResult, best_peer, fewest_sufficient, play_all, total
from bench.scaling.scaler import FixedScaler
from bench.scaling.score import Score
from bench.scaling.world import Service, Work
from tests.unit.bench.scaling.scripted import small

TRACE = small((35.0,) * 60)


def test_the_fewest_that_suffice_are_those_that_are_not_later_than_all() -> None:
    assert fewest_sufficient(TRACE, build_load(TRACE)) == 4


def test_where_all_are_late_those_suffice_that_are_no_later() -> None:
    trace = small((100.0,) * 60, partitions=4)
    assert fewest_sufficient(trace, build_load(trace)) == 4


def test_every_trace_is_played_with_ours_and_each_peer() -> None:
    fixed = Contender("fixed", lambda trace: FixedScaler(trace.bounds.max))
    (played,) = play_all([TRACE], [fixed])
    assert set(played.scores) == {OURS.name, "fixed"}
    assert played.scores["fixed"].overshoot == 12
    assert total([played, played], "fixed").overshoot == 24


def test_ours_is_compared_with_the_peer_that_costs_least() -> None:
    scores = {peer.name: Score(worker_seconds=100.0 - place) for place, peer in enumerate(PEERS)}
    assert best_peer([TraceResult(TRACE, scores)]) is PEERS[-1]


@pytest.mark.parametrize(("share", "messages"), [(1, 50), (1 / 2, 25)])
def test_a_tuned_threshold_is_what_one_worker_does_in_time(share: float, messages: int) -> None:
    trace = small((1.0,), service=Service(rate=10.0, work=Work(median=2.0)))
    assert messages_in_time(trace, share) == messages
