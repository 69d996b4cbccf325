import pytest
from msgspec.structs import replace

from photo_operator.scaling.memory import (
    LONGEST_LOSS_SECONDS,
    LONGEST_STABILIZATION_SECONDS,
    LONGEST_START_SECONDS,
    MOVES_SECONDS,
    is_settling,
    remember,
    stabilization_seconds,
)
from photo_operator.scaling.model import Ceiling, Decision, Flow, LimitedBy, Memory, Move, Observation, Service
from tests.support.lags import flows_of

BUSY = flows_of(1000, arrival=10.0, service=20.0)


def _seen(now: float, replicas: int = 2, ready: int = 2, service: float = 20.0) -> Observation:
    return Observation(now, replicas, ready, flows_of(1000, service=service))


def _decision(replicas: int, wanted: int | None = None, ceiling: Ceiling | None = None) -> Decision:
    return Decision(replicas, replicas if wanted is None else wanted, LimitedBy.NONE, "", ceiling=ceiling)


def _waited(memory: Memory, *seen: Observation) -> Memory:
    for each in seen:
        memory = remember(memory, each, _decision(each.replicas), moved=False)
    return memory


@pytest.mark.parametrize(
    ("moves", "calm"),
    [
        pytest.param((), 30.0, id="no moves"),
        pytest.param((Move(0, 4, 3), Move(100, 3, 2)), 30.0, id="falls only"),
        pytest.param((Move(0, 4, 3), Move(100, 3, 4)), 60.0, id="a fall taken back"),
        pytest.param((Move(0, 4, 3), Move(300, 3, 4)), 30.0, id="a fall taken back late"),
        pytest.param((Move(0, 2, 4), Move(100, 4, 3)), 30.0, id="a rise taken back"),
        pytest.param(
            (Move(0, 4, 3), Move(100, 3, 4), Move(200, 4, 3), Move(300, 3, 4)), 120.0, id="two falls taken back"
        ),
        pytest.param(
            tuple(Move(i * 10.0, 3 + i % 2, 4 - i % 2) for i in range(100)),
            LONGEST_STABILIZATION_SECONDS,
            id="many falls taken back",
        ),
    ],
)
def test_each_fall_that_was_taken_back_doubles_the_calm(moves: tuple[Move, ...], calm: float) -> None:
    assert stabilization_seconds(Memory(moves=moves)) == calm


@pytest.mark.parametrize(
    ("move", "now", "settling"),
    [
        pytest.param(None, 100.0, False, id="no move"),
        pytest.param(Move(100, 1, 2), 100.0 + LONGEST_START_SECONDS - 1, True, id="workers on their way"),
        pytest.param(Move(100, 1, 2), 100.0 + LONGEST_START_SECONDS, False, id="workers that do not come"),
        pytest.param(Move(100, 1, 2, done_at=110), 113.0, True, id="still rebalancing"),
        pytest.param(Move(100, 1, 2, done_at=110), 113.5, False, id="rebalanced"),
    ],
)
def test_a_move_settles_once_its_workers_are_there_and_have_rebalanced(
    move: Move | None, now: float, *, settling: bool
) -> None:
    memory = Memory(moves=() if move is None else (move,), rebalance_seconds=1.0)
    assert is_settling(memory, now) is settling


def test_only_what_was_carried_out_is_a_move() -> None:
    seen = Observation(100.0, 2, 2, BUSY, Service(10.0, 0.7, 500.0))
    move = Move(100.0, 2, 4, throughput=20.0, per_worker=10.0, handled=500.0)
    assert remember(Memory(), seen, _decision(4), moved=False).moves == ()
    assert remember(Memory(), seen, _decision(4), moved=True).moves == (move,)
    assert move.capacity == 20.0


FULL = Service(10.0, 1.0, 500.0)


@pytest.mark.parametrize(
    ("flows", "service"),
    [
        pytest.param(None, FULL, id="lag unknown"),
        pytest.param(flows_of(0), FULL, id="no lag"),
        pytest.param(flows_of(15, 20.0, 20.0), FULL, id="little lag"),
        pytest.param(flows_of(1000), FULL, id="nothing served"),
        pytest.param(BUSY, replace(FULL, busy=0.69), id="workers not busy"),
        pytest.param(BUSY, None, id="workers not measured"),
    ],
)
def test_a_move_is_judged_by_nothing_where_workers_were_not_known_to_have_enough_to_do(
    flows: tuple[Flow, ...] | None, service: Service | None
) -> None:
    memory = remember(Memory(), Observation(100.0, 2, 2, flows, service), _decision(4), moved=True)
    assert memory.moves == (Move(100.0, 2, 4),)
    assert Move(100.0, 2, 4).capacity == 0.0


def test_wishes_and_moves_are_forgotten_in_time() -> None:
    former = Memory(moves=(Move(0, 1, 2), Move(1000, 2, 3)), wanted=((0.0, 5), (1800.0, 4)))
    now = MOVES_SECONDS + 100
    memory = remember(former, Observation(now, 3, 3, None), _decision(2), moved=True)
    assert [move.at for move in memory.moves] == [1000, now]
    assert memory.wanted == ((1800.0, 4), (now, 2))


@pytest.mark.parametrize(("took", "learned"), [(11.0, 8.0), (1.0, 3.0), (500.0, 32.5)])
def test_a_rise_teaches_how_long_workers_take_to_come(took: float, learned: float) -> None:
    memory = Memory(moves=(Move(100, 1, 2),), start_seconds=5.0)
    memory = _waited(memory, _seen(100.5, ready=1), _seen(100.0 + took))
    assert memory.last is not None
    assert (memory.last.done_at, memory.start_seconds) == (100.0 + took, learned)


def test_a_fall_teaches_nothing_of_that() -> None:
    memory = _waited(Memory(moves=(Move(100, 3, 2),)), _seen(120.0))
    assert memory.last is not None
    assert (memory.last.done_at, memory.start_seconds) == (120.0, Memory().start_seconds)


def test_a_number_that_somebody_else_changed_ends_no_move() -> None:
    memory = _waited(Memory(moves=(Move(100, 1, 2),)), _seen(110.0, replicas=5, ready=5))
    assert memory.last == Move(100, 1, 2)


def test_a_move_costs_what_was_not_done_although_it_waited() -> None:
    rise = Move(100, 1, 2, throughput=20.0)
    memory = Memory(moves=(rise,), rebalance_seconds=1.0, observed_at=100.0)
    memory = _waited(memory, _seen(102.0, service=0.0), _seen(104.0, service=10.0), _seen(110.0, service=30.0))
    assert memory.last == replace(rise, done_at=102.0, lost=3.0, learned=True)
    assert memory.rebalance_seconds == 2.0
    assert _waited(memory, _seen(130.0, service=0.0)).rebalance_seconds == 2.0


def test_a_standstill_of_hours_is_no_price_of_a_move() -> None:
    memory = Memory(moves=(Move(100, 1, 2, throughput=20.0),), rebalance_seconds=0.0, observed_at=100.0)
    memory = _waited(memory, _seen(7300.0, service=0.0), _seen(7400.0, service=20.0))
    assert memory.rebalance_seconds == LONGEST_LOSS_SECONDS / 2


def test_a_move_without_throughput_before_it_keeps_the_known_price() -> None:
    memory = _waited(Memory(moves=(Move(100, 1, 2),), rebalance_seconds=4.0), _seen(101.0), _seen(130.0))
    assert memory.last is not None
    assert (memory.last.learned, memory.rebalance_seconds) == (True, 4.0)


def test_a_ceiling_is_kept_as_decided() -> None:
    ceiling = Ceiling(3, 500.0, "why")
    assert remember(Memory(), _seen(100.0), _decision(2, ceiling=ceiling), moved=False).ceiling == ceiling
