"""What holds for every decision, whatever is seen and remembered."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from photo_operator.scaling.decide import STEP, decide
from photo_operator.scaling.model import (
    Ceiling,
    Decision,
    Flow,
    LimitedBy,
    Memory,
    Move,
    Observation,
    Policy,
    Scheduled,
    Service,
)
from tests.support.lags import flows_of
from tests.unit.operator.scaling.group import (
    NOW,
    PARTITIONS,
    dealt_out,
    follow,
    rises_after_a_fall,
    seen_of,
)

rates = st.floats(0, 1e4)
seconds = st.floats(0, 200)
flow_lists = st.lists(st.tuples(st.integers(0, 10**6), rates, rates, seconds, seconds), max_size=12).map(
    lambda rows: tuple(Flow(number, *row) for number, row in enumerate(rows))
)
services = st.none() | st.builds(Service, st.floats(0.001, 1e4), st.floats(0, 1), st.floats(0, 1e6))
policies = st.builds(
    lambda least, most, target, event: Policy(least, max(least, most), target, event),
    st.integers(1, 6),
    st.integers(1, 20),
    st.integers(1, 3600),
    st.none() | st.builds(Scheduled, st.integers(1, 30), st.just("launch")),
)
observations = st.builds(
    Observation,
    now=st.just(NOW),
    replicas=st.integers(0, 30),
    ready=st.integers(0, 30),
    flows=st.none() | flow_lists,
    service=services,
    backlog_weight=st.floats(0.1, 10),
    downstream=st.sampled_from(["", "7 calls failed"]),
    feeds_pulled=st.booleans(),
    foreign_scaler=st.sampled_from([None, None, "kubectl"]),
    held_by=st.sampled_from([None, None, "demo-backlog"]),
    floor=st.integers(0, 30),
)
moves = st.builds(
    lambda at, took, numbers, throughput, each: Move(
        at,
        numbers[0],
        numbers[1],
        None if took is None else min(at + took, NOW),
        throughput,
        per_worker=each[0],
        handled=each[1],
    ),
    st.floats(NOW - 2000, NOW),
    st.none() | st.floats(0, 60),
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.none() | rates,
    st.tuples(st.none() | rates, st.floats(0, 1e6)),
)
memories = st.builds(
    Memory,
    moves=st.lists(moves, max_size=4).map(lambda found: tuple(sorted(found, key=lambda move: move.at))),
    wanted=st.lists(st.tuples(st.floats(NOW - 300, NOW), st.integers(1, 30)), max_size=5).map(sorted).map(tuple),
    ceiling=st.none()
    | st.builds(Ceiling, st.integers(1, 30), st.floats(NOW - 300, NOW + 300), st.just("why"), st.floats(0, 960)),
    start_seconds=st.floats(0, 60),
    rebalance_seconds=st.floats(0, 30),
)


def _assert_inside(seen: Observation, policy: Policy, decision: Decision) -> None:
    if seen.foreign_scaler is not None and seen.replicas > 0:
        assert decision.replicas == seen.replicas
    else:
        assert policy.least <= decision.replicas <= policy.max
    assert decision.explanation
    assert decision.next_check > 0


@given(observations, policies, memories)
def test_it_never_leaves_the_bounds_by_itself_and_always_explains(
    seen: Observation, policy: Policy, memory: Memory
) -> None:
    _assert_inside(seen, policy, decide(seen, policy, memory))


@given(observations.filter(lambda seen: seen.flows is not None and seen.held_by is None), policies, memories)
def test_nobody_is_added_beyond_the_partitions(seen: Observation, policy: Policy, memory: Memory) -> None:
    assert decide(seen, policy, memory).replicas <= max(len(seen.flows or ()), policy.least, seen.replicas)


@given(observations, policies, memories)
def test_it_falls_by_a_step_unless_somebody_else_or_a_ceiling_says_more(
    seen: Observation, policy: Policy, memory: Memory
) -> None:
    assume(seen.replicas <= policy.max)
    decision = decide(seen, policy, memory)
    if decision.limited_by is not LimitedBy.DOWNSTREAM_SATURATED:
        assert seen.replicas - decision.replicas <= max(1, seen.replicas * STEP)


@given(
    st.integers(1, 12),
    st.integers(0, 5000),
    st.floats(0, 200),
    st.floats(1, 50),
    st.builds(Memory, start_seconds=st.floats(0, 60), rebalance_seconds=st.floats(0, 30)),
)
def test_a_rise_gains_more_than_it_costs(replicas: int, lag: int, arrival: float, rate: float, memory: Memory) -> None:
    seen = seen_of(replicas, flows_of(lag, arrival, arrival), service=Service(rate, 1.0))
    decision = decide(seen, Policy(1, 40, 10), memory)
    flows = seen.flows or ()
    assume(all((flow.arrival + flow.lag / 10) / rate <= 1 for flow in flows))  # a hot one counts as less
    if decision.replicas > replicas:
        before, after = (_drained(flows, number, rate) for number in (replicas, decision.replicas))
        assert before == math.inf or before > after + memory.start_seconds + memory.rebalance_seconds


def _drained(flows: tuple[Flow, ...], workers: int, rate: float) -> float:
    """Return the seconds until the last worker is done with what waits."""
    times = []
    for mine in dealt_out(len(flows), workers):
        lag, arrival = (sum(getattr(flows[index], field) for index in mine) for field in ("lag", "arrival"))
        times.append(0.0 if not lag else lag / (rate - arrival) if arrival < rate else math.inf)
    return max(times)


@given(
    st.tuples(st.sampled_from([4, 8, 12, 16, 32]), st.integers(1, 20), st.floats(0.1, 50)),
    st.tuples(st.integers(0, 10**4), st.integers(0, 10**4)),
    st.builds(Flow, st.just(0), st.just(0), st.floats(0, 20), st.floats(0, 20)),
    policies,
    memories,
)
def test_more_lag_never_asks_for_fewer(
    group: tuple[int, int, float], lags: tuple[int, int], flow: Flow, policy: Policy, memory: Memory
) -> None:
    partitions, replicas, rate = group
    wanted = []
    for lag in sorted(lags):
        lagging = replace(flow, lag=lag)
        flows = tuple(replace(lagging, number=number) for number in range(partitions))
        wanted.append(decide(seen_of(replicas, flows, service=Service(rate, 1.0)), policy, memory).wanted)
    assert wanted == sorted(wanted)


numbers = st.floats() | st.sampled_from([0.0, -1.0, 1e300, math.nan, math.inf, -math.inf])
absurd_flows = st.lists(
    st.tuples(st.integers(-(2**70), 2**70) | st.just(10**400), numbers, numbers, numbers, numbers), max_size=6
).map(lambda rows: tuple(Flow(number, *row) for number, row in enumerate(rows)))
absurd_services = st.builds(Service, numbers | st.floats(0, 1e-3), numbers, numbers)


@given(observations, absurd_flows | flow_lists, absurd_services, policies, memories)
def test_numbers_that_cannot_be_are_survived_inside_the_bounds(
    seen: Observation, flows: tuple[Flow, ...], service: Service, policy: Policy, memory: Memory
) -> None:
    seen = replace(seen, flows=flows, service=service)
    decision, memory = follow(seen, policy, memory)
    if seen.held_by is None and not all(_can_be(flow) for flow in flows):
        assert decision.replicas in {seen.replicas, min(max(seen.replicas, policy.least), policy.max)}
    _assert_inside(seen, policy, decision)
    after = replace(seen, now=NOW + 5, replicas=decision.replicas, ready=decision.replicas)
    _assert_inside(after, policy, decide(after, policy, memory))


@given(observations, policies, memories)
def test_without_a_known_lag_the_number_is_held_within_bounds(
    seen: Observation, policy: Policy, memory: Memory
) -> None:
    blind = replace(seen, flows=None, foreign_scaler=None, held_by=None)
    assert decide(blind, policy, memory).replicas == min(max(seen.replicas, policy.least), policy.max)


def _can_be(flow: Flow) -> bool:
    return all(
        0 <= number < 1e12 for number in (flow.lag, flow.arrival, flow.service, flow.oldest, flow.stalled_seconds)
    )


HALF_AN_HOUR = 1800.0


@pytest.mark.search
@settings(settings.get_profile("costly"))
@given(policies, st.integers(0, 30), st.integers(0, 1000), st.floats(0, 200), st.floats(0.1, 50))
def test_what_stays_the_same_is_answered_by_one_number(
    policy: Policy, replicas: int, lag: int, arrival: float, rate: float
) -> None:
    seen = seen_of(replicas, flows_of(lag, arrival, arrival, PARTITIONS), service=Service(rate, 1.0))
    memory, numbers, settled = Memory(), [replicas], NOW
    while seen.now < NOW + HALF_AN_HOUR:
        decision, memory = follow(seen, policy, memory)
        if decision.replicas != seen.replicas:
            numbers.append(decision.replicas)
            settled = seen.now
        seen = replace(seen, now=seen.now + decision.next_check, replicas=decision.replicas, ready=decision.replicas)
    assert not rises_after_a_fall(numbers[1:] if not policy.least <= replicas <= policy.max else numbers)
    assert settled < NOW + 600
