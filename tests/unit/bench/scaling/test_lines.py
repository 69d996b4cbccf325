from bench.model import is_met
from bench.scaling.contenders import PEERS
from bench.scaling.lines import COST, MEASURES, build_lines
from bench.scaling.runs import TraceResult
from bench.scaling.score import Score
from tests.unit.bench.scaling.scripted import small

PEER = PEERS[0].name


def played(ours: Score, peer: Score) -> TraceResult:
    return TraceResult(small((1.0,)), {"ours": ours, **{one.name: peer for one in PEERS}})


ONE = played(Score(late_seconds=1, worker_seconds=10), Score(late_seconds=4, worker_seconds=20))


def test_totals_come_first_then_each_trace_with_every_measure() -> None:
    lines = build_lines([ONE, ONE], [ONE], PEERS, PEER)
    late = [line for line in lines if line.what == MEASURES[0].what]
    assert [(line.figure, line.ours, line.peer) for line in late] == [
        ("all named", 2, 8),
        ("all random", 1, 4),
        ("small", 1, 4),
        ("small", 1, 4),
    ]
    assert {line.peer_name for line in late} == {PEER}


def test_the_cost_of_every_peer_that_was_tried_is_told() -> None:
    lines = [line for line in build_lines([ONE], [ONE], PEERS, PEER) if line.what == COST]
    assert [line.peer_name for line in lines] == [*(peer.name for peer in PEERS), PEER]
    assert {(line.ours, line.peer) for line in lines} == {(10 + 16, 20 + 64)}


def test_a_lost_delivery_misses_its_target() -> None:
    lost = played(Score(lost=1), Score())
    missed = [line for line in build_lines([lost], [], PEERS, PEER) if is_met(line) is False]
    assert {line.what for line in missed} == {"lost deliveries"}


def test_traces_are_counted_on_which_ours_is_better() -> None:
    worse = played(Score(late_seconds=9), Score())
    lines = build_lines([ONE, worse], [], PEERS, PEER)
    counts = [line.ours for line in lines if line.unit == "of 2 traces"]
    assert counts == [1, 1]
