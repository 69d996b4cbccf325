"""What the scaler says of each decision, word by word: people read it in the status, and check the numbers by hand."""

# ruff: noqa: E501 - each explanation stands on one line

import pytest

from photo_operator.scaling.decide import decide
from photo_operator.scaling.model import Memory, Observation, Policy
from tests.unit.operator.scaling.cases import CASES

# What is wanted regardless of limits, the seconds until the next look, and the explanation.
EXPLAINED = {
    "nothing to do": (1, 5.0, "no lag, nothing arrives: 1"),
    "a lag": (3, 1.0, "(0/s + 300 / 10 s) / 10/s a worker = 3.0: up to 3"),
    "a lag for all": (6, 1.0, "(0/s + 600 / 10 s) / 10/s a worker = 6.0: up to 6"),
    "a lag that one drains in time": (1, 1.0, "(0/s + 100 / 10 s) / 10/s a worker = 1.0: 1"),
    "in time, though not at leisure": (2, 1.0, "8.5/s / 10/s a worker at 80% = 1.1: 2, but 1 drain it in 7 s, in time"),
    "arrivals that leave no time": (2, 1.0, "9.8/s / 10/s a worker at 80% = 1.2: up to 2"),
    "at the minimum": (1, 5.0, "no lag, nothing arrives: 2"),
    "from none to the minimum": (1, 5.0, "0 is outside of 1..6: 1"),
    "a lag beyond the maximum": (32, 1.0, "(0/s + 3000 / 10 s) / 10/s a worker = 30.0: up to 6"),
    "more than the maximum, lag unknown": (6, 5.0, "9 is outside of 1..6: 6"),
    "a hot partition raises what it can use": (
        2,
        1.0,
        "(0/s + 980 / 10 s) / 10/s a worker = 9.8; partition 0 asks for 9.0 and can have one: 1.8: up to 2",
    ),
    "a hot partition raises no further": (
        2,
        1.0,
        "(0/s + 980 / 10 s) / 10/s a worker = 9.8; partition 0 asks for 9.0 and can have one: 1.8: 2",
    ),
    "one of two workers would have both partitions": (
        2,
        1.0,
        "(0/s + 940 / 10 s) / 10/s a worker = 9.4; partition 0 asks for 9.0 and can have one: 1.4: 2, but the lag is gone in 14 s as it is, in 20 s with the move",
    ),
    "as many as partitions, raised": (4, 1.0, "(0/s + 900 / 10 s) / 10/s a worker = 9.0: up to 4"),
    "as many as partitions already": (4, 1.0, "(0/s + 900 / 10 s) / 10/s a worker = 9.0: 4"),
    "a group that stands still": (2, 5.0, "lag 360, of which nothing was taken for 15 s: more workers would not help"),
    "a partition that stands still": (
        1,
        1.0,
        "(0/s + 70 / 10 s) / 10/s a worker = 0.7; partition 0 has not moved for 98 s with lag 900: left out: 1",
    ),
    "raised for an event": (4, 5.0, "launch (until 20:00): up to 4"),
    "held by an event": (1, 5.0, "no lag, nothing arrives: 4"),
    "nothing measured, with a lag": (1, 1.0, "lag 300; what one worker does is not measured yet: held at 1"),
    "nothing measured, with arrivals": (4, 1.0, "lag 0; what one worker does is not measured yet: held at 4"),
    "nothing measured, nothing to do": (1, 5.0, "no lag, nothing arrives: 1 would do: down to 3"),
    "measured with little to do": (
        3,
        1.0,
        "(0/s + 300 / 10 s) / 10/s a worker = 3.0: 3, once the workers are busy (20% now) or late",
    ),
    "a gain smaller than the cost of a rebalance": (
        2,
        1.0,
        "(0/s + 110 / 10 s) / 10/s a worker = 1.1: 2, but the lag is gone in 11 s as it is, in 12 s with the move",
    ),
    "a gain larger than the cost of a rebalance": (2, 1.0, "(0/s + 130 / 10 s) / 10/s a worker = 1.3: up to 2"),
    "a gain smaller than the cost of a slow rebalance": (
        2,
        1.0,
        "(0/s + 130 / 10 s) / 10/s a worker = 1.3: 2, but the lag is gone in 13 s as it is, in 14 s with the move",
    ),
    "a gain smaller than the cost of a slow start": (
        2,
        1.0,
        "(0/s + 130 / 10 s) / 10/s a worker = 1.3: 2, but the lag is gone in 13 s as it is, in 14 s with the move",
    ),
    "the last move settles": (3, 1.0, "(0/s + 300 / 10 s) / 10/s a worker = 3.0: 3, once the last move has settled"),
    "fewer would do, not for long enough": (1, 5.0, "no lag, nothing arrives: 1 would do, if it stays so for 30 s"),
    "fewer would do for long enough": (1, 5.0, "no lag, nothing arrives: 1 would do: down to 3"),
    "a failing engine": (3, 1.0, "(0/s + 300 / 10 s) / 10/s a worker = 3.0: 3, but 7 calls to Redis failed"),
    "a rise that did not help": (
        32,
        1.0,
        "(20/s + (900 + 15 by then) / 10 s) / 4.2/s a worker = 26.5, but 4 workers do 17/s, 2 did 20/s: 2: back to 2",
    ),
    "held by a ceiling": (
        12,
        1.0,
        "(20/s + (900 + 15 by then) / 10 s) / 10/s a worker = 11.2, but 4 workers do 17/s, 2 did 20/s: 2",
    ),
    "lag unknown": (4, 5.0, "the lag is not known; held"),
    "an arrival that is no number": (4, 5.0, "the lag is not known; held"),
    "a negative lag": (4, 5.0, "the lag is not known; held"),
    "an impossible lag above the maximum": (6, 5.0, "9 is outside of 1..6: 6"),
    "feeds are pulled": (4, 5.0, "feeds are pulled because Redis is out: workers cannot write, their number is held"),
    "another scaler": (9, 5.0, "kubectl set 9; held. Scale to 0 to give the number back"),
    "another scaler at none": (1, 5.0, "0 is outside of 1..6: 1"),
    "held by a runbook": (3, 5.0, "demo-backlog holds the workers, with at least 0: 3"),
    "a runbook asks for a floor": (4, 5.0, "demo-backlog holds the workers, with at least 4: 4"),
    "a runbook asks for more than the maximum": (6, 5.0, "demo-backlog holds the workers, with at least 9: 6"),
}


@pytest.mark.parametrize(
    ("seen", "policy", "memory", "explained"),
    [pytest.param(*case.values[:3], EXPLAINED[str(case.id)], id=str(case.id)) for case in CASES],
)
def test_each_decision_is_explained(
    seen: Observation, policy: Policy, memory: Memory, explained: tuple[int, float, str]
) -> None:
    decision = decide(seen, policy, memory)
    assert (decision.wanted, decision.next_check, decision.explanation) == explained
