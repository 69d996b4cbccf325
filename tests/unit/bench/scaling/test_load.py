import pytest

from bench.scaling.load import Load, all_messages_in, arrival_second, arrived_at, build_load, message_cost, messages_in
from bench.scaling.world import Fault, FaultKind, Service, Trace, Work
from tests.unit.bench.scaling.scripted import small


def total(load: Load, second: int) -> float:
    return sum(load.messages.rows[second])


def test_exact_arrivals_follow_the_rate_to_a_message_a_partition() -> None:
    load = build_load(small((7.5,) * 40))
    assert total(load, 40) == pytest.approx(300, abs=4)


def test_within_a_second_messages_arrive_evenly() -> None:
    load = build_load(small((40.0,) * 3))
    assert list(arrived_at(load.work, 15)) == [15.0] * 4


def test_a_hot_partition_gets_its_share() -> None:
    load = build_load(small((100.0,) * 10, weights=(0.7, 0.1, 0.1, 0.1)))
    assert load.messages.rows[10][0] == 700


def test_what_producers_buffer_comes_when_the_broker_is_back() -> None:
    lost = Fault(FaultKind.BROKER_LOST_BUFFERED, 2, 5)
    load = build_load(small((40.0,) * 8, faults=(lost,)))
    assert [total(load, second) for second in (2, 5, 6, 8)] == [80, 80, 240, 320]


def test_what_producers_are_refused_never_comes() -> None:
    lost = Fault(FaultKind.BROKER_LOST_REFUSED, 2, 5)
    load = build_load(small((40.0,) * 8, faults=(lost,)))
    assert [total(load, second) for second in (2, 5, 8)] == [80, 80, 200]


def test_an_outage_that_outlasts_the_trace_loses_nothing() -> None:
    lost = Fault(FaultKind.BROKER_LOST_BUFFERED, 2, 8)
    assert total(build_load(small((40.0,) * 8, faults=(lost,))), 8) == 320


def test_the_oldest_message_arrived_when_the_total_left_it_behind() -> None:
    load = build_load(small((0.0, 40.0, 0.0, 40.0)))
    assert [arrival_second(load, 0, units) for units in (0.0, 5.0, 10.0)] == [1.0, 1.5, 3.0]


def uneven() -> Trace:
    return small((8.0,) * 30, service=Service(work=Work(median=3.0, sigma=1.0)))


def test_uneven_work_is_counted_in_messages_again() -> None:
    load = build_load(uneven())
    assert messages_in(load, 0, load.work.rows[20][0]) == pytest.approx(load.messages.rows[20][0])
    assert all_messages_in(load, load.work.rows[20]) == pytest.approx(total(load, 20))


def test_a_message_costs_the_mean_of_its_second() -> None:
    load = build_load(uneven())
    first = load.work.rows[1][0] / load.messages.rows[1][0]
    assert message_cost(load, 0, 0.0) == pytest.approx(first)


def test_the_same_seed_draws_the_same_arrivals_and_another_seed_others() -> None:
    one, same, other = (build_load(Trace("t", (50.0,) * 20, seed=seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other
