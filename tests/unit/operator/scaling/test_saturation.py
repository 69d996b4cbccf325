"""Whether more workers have helped, and what is made of it."""

import pytest
from msgspec.structs import replace

from photo_operator.scaling.decide import decide
from photo_operator.scaling.model import Ceiling, Decision, Flow, LimitedBy, Memory, Move, Observation, Policy, Service
from photo_operator.scaling.saturation import CEILING_SECONDS, LONGEST_CEILING_SECONDS
from tests.support.lags import flows_of
from tests.unit.operator.scaling.group import NOW, follow, seen_of

POLICY = Policy(1, 6, 10)
BEFORE = Service(10.0, 1.0, 400.0)
SATURATED = flows_of(900, arrival=20.0, service=17.0)


def _moved(ago: float, before: int, after: int, per_worker: float | None = 10.0) -> Move:
    """Return a move whose workers came at once, and before which a worker did so much."""
    move = Move(NOW - ago, before, after, NOW - ago, learned=True)
    return move if per_worker is None else replace(move, throughput=20.0, per_worker=per_worker, handled=400.0)


RISE = _moved(20, 2, 4)


def _four(
    did: float, lag: int = 900, busy: float = 1.0, learned: float = 100, flows: tuple[Flow, ...] | None = None
) -> Observation:
    """Return four workers that can do so much together."""
    found = flows_of(lag, arrival=20.0, service=17.0) if flows is None else flows
    return seen_of(4, found, service=Service(did / 4, busy, BEFORE.handled + learned))


def _summary(decision: Decision) -> tuple[int, int | None]:
    return decision.replicas, decision.ceiling.replicas if decision.ceiling is not None else None


@pytest.mark.parametrize(
    ("did", "replicas", "ceiling"),
    [
        (17.0, 2, 2),
        (19.9, 2, 2),
        (20.1, 4, 4),
        (24.9, 4, 4),  # less than a quarter of what was expected
        (25.1, 4, None),
        (32.1, 6, None),
    ],
)
def test_a_rise_that_did_not_help_is_taken_back_and_one_that_helped_little_is_the_last(
    did: float, replicas: int, ceiling: int | None
) -> None:
    assert _summary(decide(_four(did), POLICY, Memory(moves=(RISE,)))) == (replicas, ceiling)


LAGGING_IN_THREE = tuple(Flow(number, 300 * (number % 8 == 0), 0.8, 0.7) for number in range(24))
LAGGING_IN_FOUR = tuple(Flow(number, 300 * (number % 6 == 0), 0.8, 0.7) for number in range(24))
ONE_LAGS = (Flow(0, 900, 17.0, 10.0), *(Flow(number, 0, 0.1, 0.1) for number in range(1, 16)))


@pytest.mark.parametrize(
    ("seen", "ago", "judged"),
    [
        pytest.param(_four(17.0), 20.0, True, id="less than before"),
        pytest.param(_four(17.0), 3.4, False, id="has not settled"),
        pytest.param(_four(17.0), 3.5, True, id="has just settled"),
        pytest.param(_four(17.0), 27.5, True, id="just recent enough"),
        pytest.param(_four(17.0), 27.6, False, id="too long ago to be the cause"),
        pytest.param(_four(17.0, lag=84), 20.0, False, id="lag too small"),
        pytest.param(_four(17.0, lag=85), 20.0, True, id="lag just large enough"),
        pytest.param(_four(17.0, busy=0.79), 20.0, False, id="not busy enough"),
        pytest.param(_four(17.0, busy=0.8), 20.0, True, id="just busy enough"),
        pytest.param(_four(17.0, learned=49), 20.0, False, id="too few messages, by chance"),
        pytest.param(_four(17.0, learned=50), 20.0, True, id="just enough messages"),
        pytest.param(_four(17.0, flows=LAGGING_IN_FOUR), 20.0, True, id="every worker has lag"),
        pytest.param(_four(17.0, flows=LAGGING_IN_THREE), 20.0, False, id="one worker has nothing to do"),
        pytest.param(_four(17.0, flows=ONE_LAGS), 20.0, False, id="one partition has all the lag"),
        pytest.param(replace(_four(17.0), service=None), 20.0, False, id="not measured"),
    ],
)
def test_a_rise_is_judged_by_workers_that_all_have_enough_to_do_once_it_has_settled(
    seen: Observation, ago: float, *, judged: bool
) -> None:
    decision = decide(seen, POLICY, Memory(moves=(_moved(ago, 2, 4),)))
    assert (decision.ceiling is not None) is judged
    assert (decision.replicas < 4) is judged


@pytest.mark.parametrize(
    ("moves", "replicas", "ceiling"),
    [
        pytest.param((_moved(20, 2, 4, None),), 6, None, id="nothing known of before"),
        pytest.param((_moved(20, 2, 4, 0.0),), 6, None, id="nothing done before"),
        pytest.param((_moved(20, 6, 4, 10.0),), 6, None, id="a fall"),
        pytest.param((replace(RISE, done_at=None),), 4, None, id="a rise whose workers are not there"),
        pytest.param((_moved(100, 1, 2, 20.0), _moved(20, 2, 4, 8.0)), 1, 1, id="the best of all before it"),
        pytest.param((_moved(299, 1, 2, 20.0), _moved(20, 2, 4, 8.0)), 1, 1, id="just recent enough"),
        pytest.param((_moved(300, 1, 2, 20.0), _moved(20, 2, 4, 8.0)), 4, 4, id="too long ago"),
        pytest.param((_moved(100, 4, 2, 20.0), _moved(20, 2, 4, 8.0)), 4, 4, id="no fewer than now"),
        pytest.param(
            (_moved(100, 2, 1, 4.0), _moved(50, 1, 2, 8.0), _moved(20, 2, 4, 12.0)), 2, 2, id="the best of three"
        ),
    ],
)
def test_it_is_compared_with_the_best_that_fewer_did_of_late(
    moves: tuple[Move, ...], replicas: int, ceiling: int | None
) -> None:
    assert _summary(decide(_four(19.0), POLICY, Memory(moves=moves))) == (replicas, ceiling)


def test_after_it_was_taken_back_a_rise_is_not_tried_again_for_a_while() -> None:
    back, memory = follow(_four(17.0), POLICY, Memory(moves=(RISE,)))
    assert (back.replicas, back.limited_by) == (2, LimitedBy.DOWNSTREAM_SATURATED)
    assert "4 workers do 17/s, 2 did 20/s" in back.explanation
    for later in range(10, int(CEILING_SECONDS), 10):
        held, memory = follow(seen_of(2, SATURATED, now=NOW + later), POLICY, memory)
        assert (held.replicas, held.limited_by) == (2, LimitedBy.DOWNSTREAM_SATURATED)
    again, _ = follow(seen_of(2, SATURATED, now=NOW + CEILING_SECONDS), POLICY, memory)
    assert (again.replicas, again.limited_by) == (6, LimitedBy.MAX)


def test_what_helped_little_is_kept_and_tried_again_later() -> None:
    kept, memory = follow(_four(22.0), POLICY, Memory(moves=(RISE,)))
    assert (kept.replicas, kept.limited_by) == (4, LimitedBy.DOWNSTREAM_SATURATED)
    for later in range(10, int(CEILING_SECONDS), 10):
        held, memory = follow(replace(_four(22.0), now=NOW + later), POLICY, memory)
        assert (held.replicas, held.limited_by) == (4, LimitedBy.DOWNSTREAM_SATURATED)
    again, _ = follow(replace(_four(22.0), now=NOW + CEILING_SECONDS), POLICY, memory)
    assert again.replicas == 6


@pytest.mark.parametrize(
    ("before", "lasts"),
    [
        pytest.param(None, 120.0, id="the first"),
        pytest.param(Ceiling(2, NOW, "", 120.0), 240.0, id="found again at once"),
        pytest.param(Ceiling(2, NOW - 119, "", 120.0), 240.0, id="found again within its time"),
        pytest.param(Ceiling(2, NOW - 120, "", 120.0), 120.0, id="found again after its time"),
        pytest.param(Ceiling(2, NOW - 120, "", 240.0), 480.0, id="found again within the time of a doubled one"),
        pytest.param(Ceiling(2, NOW - 1, "", 480.0), 960.0, id="doubled twice"),
        pytest.param(Ceiling(2, NOW - 1, "", 960.0), LONGEST_CEILING_SECONDS, id="no longer than the longest"),
    ],
)
def test_a_ceiling_that_is_found_again_soon_lasts_twice_as_long(before: Ceiling | None, lasts: float) -> None:
    found = decide(_four(17.0), POLICY, Memory(moves=(RISE,), ceiling=before)).ceiling
    assert found is not None
    assert (found.replicas, found.until, found.seconds) == (2, NOW + lasts, lasts)


def test_a_ceiling_that_lasts_is_not_judged_anew() -> None:
    lasting = Ceiling(3, NOW + 1, "why", 240.0)
    assert decide(_four(17.0), POLICY, Memory(moves=(RISE,), ceiling=lasting)).ceiling == lasting


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(seen_of(2, None), id="lag unknown"),
        pytest.param(seen_of(2, SATURATED, feeds_pulled=True), id="feeds are pulled"),
        pytest.param(seen_of(9, SATURATED), id="above the maximum"),
    ],
)
def test_a_hold_keeps_the_ceiling(seen: Observation) -> None:
    ceiling = Ceiling(2, NOW + 1, "why", 120.0)
    assert decide(seen, POLICY, Memory(ceiling=ceiling)).ceiling == ceiling


@pytest.mark.parametrize(
    ("move", "per_worker", "waits"),
    [
        pytest.param(_moved(20, 2, 4), 7.9, True, id="much less"),
        pytest.param(_moved(20, 2, 4), 8.0, False, id="four fifths"),
        pytest.param(_moved(30, 2, 4), 7.9, True, id="30 s after"),
        pytest.param(_moved(30.1, 2, 4), 7.9, False, id="more than 30 s after"),
        pytest.param(_moved(20, 5, 4), 7.9, False, id="after a fall"),
        pytest.param(_moved(20, 2, 4, None), 7.9, False, id="nothing known of before"),
    ],
)
def test_another_rise_waits_while_workers_do_much_less_than_before_the_last(
    move: Move, per_worker: float, *, waits: bool
) -> None:
    decision = decide(_four(4 * per_worker), POLICY, Memory(moves=(move,)))
    assert (decision.replicas, decision.limited_by) == ((4, LimitedBy.SETTLING) if waits else (6, LimitedBy.MAX))
