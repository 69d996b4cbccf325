import pytest

from bench.scaling.random_traces import MOST_OF_ALL, MOST_OF_ONE, RANDOM_TRACES, SEED, build_random_traces
from bench.scaling.traces import NAMED, TRACES
from bench.scaling.world import Trace

ASKED_FOR = {
    "step",
    "ramp",
    "sine day",
    "World Cup spike",
    "hot partition",
    "poison partition",
    "flapping around a threshold",
    "slow consumers",
    "broker loss",
    "metric outage",
}


def test_every_trace_has_a_name_of_its_own() -> None:
    assert len({trace.name for trace in TRACES}) == len(TRACES) == len(NAMED) + 200


def test_the_list_has_what_scalers_are_known_to_get_wrong() -> None:
    assert {trace.name for trace in NAMED} >= ASKED_FOR


@pytest.mark.parametrize("trace", NAMED, ids=lambda trace: trace.name)
def test_a_named_trace_lasts_half_an_hour_and_can_be_carried_by_the_workers_allowed(trace: Trace) -> None:
    assert trace.seconds == 1800
    assert max(trace.rates) * trace.service.work.median < trace.service.rate * trace.bounds.max


def test_faults_lie_within_their_traces() -> None:
    outside = [
        (trace.name, fault)
        for trace in TRACES
        for fault in trace.faults
        if not 0 <= fault.begin < fault.end < trace.seconds
    ]
    assert outside == []


def test_the_workers_allowed_can_carry_every_random_trace() -> None:
    for trace in RANDOM_TRACES:
        demand = max(trace.rates) * trace.service.work.mean
        hottest = demand * max(trace.weights) / sum(trace.weights)
        assert demand <= MOST_OF_ALL * trace.bounds.max * trace.service.rate * 1.001
        assert hottest <= MOST_OF_ONE * trace.service.rate * 1.001
        assert trace.replicas <= trace.bounds.max


def test_random_traces_are_the_same_for_the_same_seed_and_differ_among_each_other() -> None:
    first, again = build_random_traces(5, SEED), build_random_traces(5, SEED)
    assert first == again
    assert len({trace.rates for trace in first}) == 5
