import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scaling.load import all_messages_in, build_load
from bench.scaling.scaler import FixedScaler
from bench.scaling.simulation import Simulation, play
from bench.scaling.world import (
    Downstream,
    Fault,
    FaultKind,
    Group,
    GroupProtocol,
    Service,
    Trace,
    Work,
    build_group,
)
from tests.unit.bench.scaling.scripted import EVEN, Scripted, small

SECONDS = 60
moments = st.integers(0, SECONDS - 2)
faults = st.builds(
    lambda kind, begin, length, value: Fault(kind, begin, min(begin + length, SECONDS - 1), value),
    st.sampled_from(FaultKind),
    moments,
    st.integers(1, 30),
    st.integers(0, 2),
)
services = st.sampled_from(
    (EVEN, Service(rate=5.0, work=Work(median=0.5, sigma=1.0)), Service(rate=1.0, batch_messages=1, work=Work(20.0)))
)
traces = st.builds(
    lambda rate, high, protocol, service, found, seed: small(
        tuple(rate if second % 20 < 10 else high for second in range(SECONDS)),
        partitions=5,
        replicas=2,
        group=build_group(protocol),
        service=service,
        faults=tuple(found),
        seed=seed,
    ),
    st.floats(0, 30),
    st.floats(0, 100),
    st.sampled_from(GroupProtocol),
    services,
    st.lists(faults, max_size=2),
    st.integers(0, 9),
)
scripts = st.dictionaries(moments, st.integers(1, 8), max_size=6)


@settings(max_examples=60, deadline=None)
@given(traces, scripts, st.booleans())
def test_what_was_produced_is_consumed_or_lags_whatever_a_scaler_does(
    trace: Trace,
    script: dict[int, int],
    with_costs: bool,  # noqa: FBT001
) -> None:
    load = build_load(trace)
    simulation = Simulation(trace, Scripted(script, uses_deletion_cost=with_costs), load)
    score, topic = simulation.run(), simulation.topic
    produced = sum(load.messages.rows[trace.seconds])
    assert all_messages_in(load, topic.committed) + score.final_lag == pytest.approx(produced, abs=1e-3)
    within = zip(topic.committed, topic.done, topic.arrived, strict=True)
    assert all(committed <= done + 1e-6 <= arrived + 2e-6 for committed, done, arrived in within)
    assert score.lost == 0
    assert 0 <= score.pause_seconds <= trace.partitions * trace.seconds


@settings(max_examples=20, deadline=None)
@given(traces, scripts)
def test_the_same_seed_gives_the_same_score(trace: Trace, script: dict[int, int]) -> None:
    assert play(trace, Scripted(script)) == play(trace, Scripted(script))


def test_members_beyond_the_partitions_do_nothing() -> None:
    trace = small((100.0,) * 40, partitions=3, replicas=10)
    score = play(trace, FixedScaler(10))
    assert score.final_lag == pytest.approx(40 * (100 - 3 * EVEN.rate), abs=10)
    assert score.worker_seconds == 400


def test_one_partition_is_worked_on_by_one_member() -> None:
    trace = small((40.0,) * 40, weights=(0.7, 0.1, 0.1, 0.1), replicas=4)
    assert play(trace, FixedScaler(4)).final_lag == pytest.approx(40 * (28 - EVEN.rate), abs=10)


@pytest.mark.parametrize(
    ("protocol", "stopped_seconds"), [(GroupProtocol.EAGER, 4 * 3.0), (GroupProtocol.COOPERATIVE, 2 * 3.0)]
)
def test_a_new_member_costs_one_rebalance_and_the_pauses_of_its_protocol(
    protocol: GroupProtocol, stopped_seconds: float
) -> None:
    score = play(small((8.0,) * 40, group=Group(protocol, 3.0)), Scripted({10: 2}))
    assert score.rebalances == 1
    assert score.pause_seconds == pytest.approx(stopped_seconds)


def test_by_kip_848_only_what_is_moved_stops_for_at_most_a_heartbeat() -> None:
    score = play(small((8.0,) * 40, group=Group(GroupProtocol.KIP848, 3.0)), Scripted({10: 2}))
    assert score.rebalances == 1
    assert 0 < score.pause_seconds <= 2 * 3.0


@pytest.mark.parametrize(("protocol", "rebalances"), [(GroupProtocol.EAGER, 2), (GroupProtocol.KIP848, 3)])
def test_what_comes_during_a_barrier_is_carried_out_together(protocol: GroupProtocol, rebalances: int) -> None:
    trace = small((8.0,) * 40, group=Group(protocol, 5.0))
    assert play(trace, Scripted({10: 2, 11: 3, 12: 4})).rebalances == rebalances


def test_a_step_up_and_down_is_two_rebalances() -> None:
    assert play(small((8.0,) * 60), Scripted({10: 2, 40: 1})).rebalances == 2


LONG_JOBS = Service(rate=1.0, spread=0.0, jitter=0.0, batch_messages=1, work=Work(median=30.0))
SHORT_JOBS = Service(rate=1.0, spread=0.0, jitter=0.0, batch_messages=1, work=Work(median=6.0))
ONE_EACH = (2.0, *(0.0,) * 59)


def test_who_is_busy_for_longer_than_its_grace_is_killed_and_its_work_is_done_again() -> None:
    score = play(small(ONE_EACH, partitions=2, replicas=2, service=LONG_JOBS), Scripted({5: 1}))
    assert score.killed == 1
    assert 14.0 <= score.redone <= 15.0  # five seconds of work before it was told to end, ten of grace
    assert score.lost == 0


def test_who_is_done_within_its_grace_is_not_killed() -> None:
    score = play(small(ONE_EACH, partitions=2, replicas=2, service=SHORT_JOBS), Scripted({5: 1}))
    assert (score.killed, score.redone, score.final_lag) == (0, 0.0, 0.0)


@pytest.mark.parametrize(("with_costs", "killed"), [(False, 1), (True, 0)])
def test_with_deletion_costs_the_idle_one_goes(with_costs: bool, killed: int) -> None:  # noqa: FBT001
    trace = small(ONE_EACH, weights=(0.0, 1.0), replicas=2, service=LONG_JOBS)
    assert play(trace, Scripted({5: 1}, uses_deletion_cost=with_costs)).killed == killed


def test_what_waits_for_longer_than_the_target_is_late() -> None:
    score = play(small((0.0,) * 5 + (200.0,) + (0.0,) * 34), FixedScaler(1))
    assert score.late_seconds == pytest.approx(10.0, abs=1.5)  # twenty seconds of work, of which ten are in time
    assert score.final_lag == 0


def test_a_stuck_partition_is_neither_late_nor_lag_while_it_is_stuck() -> None:
    trace = small((8.0,) * 60, faults=(Fault(FaultKind.STUCK_PARTITION, 5, 59, 2),))
    score = play(trace, FixedScaler(1))
    assert score.late_seconds <= 1
    assert score.final_lag >= 2 * 54 - 3


def test_slow_consumers_do_less() -> None:
    trace = small((10.0,) * 60, faults=(Fault(FaultKind.SLOW_CONSUMERS, 10, 40, 0.5),))
    assert play(trace, FixedScaler(1)).final_lag == pytest.approx(150, abs=8)


def test_nothing_is_consumed_without_a_broker() -> None:
    trace = small((100.0,) * 5 + (0.0,) * 25, faults=(Fault(FaultKind.BROKER_LOST_REFUSED, 5, 29),))
    assert play(trace, FixedScaler(1)).final_lag == pytest.approx(500 - 6 * EVEN.rate, abs=5)


def test_more_workers_get_less_through_a_downstream_that_suffers() -> None:
    rates, limits = (200.0,) * 40, Downstream(limit=40.0, contention=0.5)
    few = play(small(rates, partitions=16, replicas=4, downstream=limits), FixedScaler(4))
    many = play(small(rates, partitions=16, replicas=16, downstream=limits), FixedScaler(16))
    assert few.final_lag < many.final_lag - 500


def test_an_overloaded_downstream_shows_in_the_latency_of_writes() -> None:
    scaler = Scripted({})
    play(small((200.0,) * 10, partitions=8, replicas=8, downstream=Downstream(limit=40.0)), scaler)
    assert scaler.seen[0].downstream_latency_seconds == 0.005
    assert scaler.seen[-1].downstream_latency_seconds == pytest.approx(0.010)


def test_a_scaler_sees_offsets_pods_and_what_workers_report() -> None:
    scaler = Scripted({3: 2})
    play(small((20.0,) * 10), scaler)
    seen = scaler.seen[6]
    assert seen.now == 6.0
    assert seen.offsets is not None
    assert seen.offsets.produced == (30,) * 4
    assert (seen.replicas, seen.ready) == (2, 2)
    assert seen.worked.worker_seconds == pytest.approx(7, abs=0.2)
    assert seen.worked.handled == pytest.approx(10 * seen.worked.busy_seconds)


def test_a_scaler_that_asks_for_too_many_gets_what_is_allowed() -> None:
    assert play(small((8.0,) * 20), Scripted({5: 99})).peak == 16


def test_who_has_no_patience_left_stops_playing() -> None:
    trace = small((100.0,) * 60)
    assert play(trace, FixedScaler(1), patience=3.0).late_seconds < play(trace, FixedScaler(1)).late_seconds
