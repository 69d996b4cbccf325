"""The scaler's decision. Pure: from what is seen, what is allowed and what is remembered to a number and a sentence.

Called by `scaler`, and by the simulator of bench/scaling. How the numbers come about:
docs/explanation/scaling.md.
"""

import math

from msgspec.structs import replace

from photo_operator.scaling.memory import calm_seconds, is_settling
from photo_operator.scaling.model import Decision, Flow, LimitedBy, Memory, Observation, Policy
from photo_operator.scaling.need import Need, build_need, is_sane
from photo_operator.scaling.saturation import find_ceiling, is_doubtful
from photo_operator.scaling.service import SATURATED

CHECK_SECONDS, IDLE_CHECK_SECONDS = 1.0, 5.0
LATE = 1.05  # a drain that takes so much of the target is late: a hot partition takes all of it
FULL = 0.95  # workers that are busier than that have no time for a backlog
STEP = 0.25  # at most this part of the workers is taken away at once
STEP_SECONDS = 10.0  # between two steps down
STANDSTILL_SECONDS = 15.0  # a group that took nothing for so long does nothing


def decide(seen: Observation, policy: Policy, memory: Memory) -> Decision:
    """Return how many workers there shall be."""
    held = _held(seen, policy)
    if held is not None:
        return replace(held, ceiling=memory.ceiling)
    ceiling = find_ceiling(seen, memory)
    in_force = ceiling if ceiling is not None and seen.now < ceiling.until else None
    decision = _moved(seen, policy, memory, build_need(seen, policy, memory, in_force))
    return replace(decision, ceiling=ceiling)


def _held(seen: Observation, policy: Policy) -> Decision | None:
    """Return the decision where it does not depend on what the lag asks for."""
    if seen.foreign_scaler is not None and seen.replicas > 0:
        sentence = f"{seen.foreign_scaler} set {seen.replicas}; held. Scale to 0 to give the number back"
        return _stay(seen, LimitedBy.FOREIGN_SCALER, sentence)
    inside = min(max(seen.replicas, policy.least), policy.max)
    if inside != seen.replicas:
        return _into_bounds(seen, policy, inside)
    if seen.held_by is not None:
        wanted = min(max(seen.replicas, seen.floor), policy.max)
        sentence = f"{seen.held_by} holds the workers, with at least {seen.floor}: {wanted}"
        return Decision(wanted, wanted, LimitedBy.RUNBOOK, sentence)
    if seen.pulling:
        sentence = "feeds are pulled because Redis is out: workers cannot write, their number is held"
        return _stay(seen, LimitedBy.PULL_MODE, sentence)
    if seen.flows is None or not all(is_sane(flow) for flow in seen.flows):
        return _stay(seen, LimitedBy.METRICS_STALE, "the lag is not known; held")
    return _standing_still(seen, seen.flows)


def _standing_still(seen: Observation, flows: tuple[Flow, ...]) -> Decision | None:
    """Hold where nobody takes anything although much waits: the workers wait for something, or are not there."""
    still = [flow.still for flow in flows if flow.lag]
    if not still or seen.throughput > 0 or min(still) < STANDSTILL_SECONDS or len(still) < len(flows) / 2:
        return None
    sentence = f"lag {seen.lag}, of which nothing was taken for {min(still):.0f} s: more workers would not help"
    return _stay(seen, LimitedBy.STUCK_PARTITION, sentence)


def _stay(seen: Observation, limit: LimitedBy, sentence: str, wanted: int | None = None) -> Decision:
    return Decision(seen.replicas, seen.replicas if wanted is None else wanted, limit, sentence)


def _into_bounds(seen: Observation, policy: Policy, inside: int) -> Decision:
    if policy.scheduled is not None and inside == policy.least > max(policy.min, seen.replicas):
        return Decision(inside, inside, LimitedBy.SCHEDULED, f"{policy.scheduled.reason}: up to {inside}")
    limit = LimitedBy.MIN if inside > seen.replicas else LimitedBy.MAX
    sentence = f"{seen.replicas} is outside of {policy.least}..{policy.max}: {inside}"
    return Decision(inside, inside, limit, sentence)


def _moved(seen: Observation, policy: Policy, memory: Memory, need: Need) -> Decision:
    if need.per_worker is None:
        return _unmeasured(seen)
    if need.target > seen.replicas:
        return _up(seen, policy, memory, need)
    if need.target < seen.replicas:
        return _down(seen, memory, need)
    decision = Decision(need.target, need.wanted, need.limited_by, f"{need.sentence}: {need.target}")
    return replace(decision, next_check=_next_check(seen))


def _next_check(seen: Observation) -> float:
    return CHECK_SECONDS if seen.lag else IDLE_CHECK_SECONDS


def _unmeasured(seen: Observation) -> Decision:
    sentence = f"lag {seen.lag}; what one worker does is not measured yet: held at {seen.replicas}"
    return replace(_stay(seen, LimitedBy.MEASURING, sentence), next_check=CHECK_SECONDS)


def _up(seen: Observation, policy: Policy, memory: Memory, need: Need) -> Decision:
    held = _no_rise(seen, policy, memory, need)
    if held is not None:
        limit, why = held
        sentence = f"{need.sentence}: {need.target}, {why}"
        return replace(_stay(seen, limit, sentence, need.wanted), next_check=CHECK_SECONDS)
    sentence = f"{need.sentence}: up to {need.target}"
    return Decision(need.target, need.wanted, need.limited_by, sentence, CHECK_SECONDS)


def _no_rise(seen: Observation, policy: Policy, memory: Memory, need: Need) -> tuple[LimitedBy, str] | None:
    """Return what speaks against more workers now."""
    as_is = need.drain_with(seen.replicas)
    late = as_is is None or as_is > policy.drain_target * LATE
    if not late and not (need.fills(seen.replicas, FULL) and seen.lag):
        drained = f"{as_is:.0f}" if as_is is not None else "?"
        return LimitedBy.NONE, f"but {seen.replicas} drain it in {drained} s, in time"
    if seen.downstream:
        return LimitedBy.DOWNSTREAM, f"but {seen.downstream}"
    if is_settling(memory, seen.now) or is_doubtful(seen, memory):
        return LimitedBy.SETTLING, "once the last move has settled"
    if seen.service is not None and seen.service.busy < SATURATED and need.oldest < policy.drain_target / 2:
        return LimitedBy.MEASURING, f"once the workers are busy ({seen.service.busy:.0%} now) or late"
    return _not_worth(memory, need, as_is)


def _not_worth(memory: Memory, need: Need, as_is: float | None) -> tuple[LimitedBy, str] | None:
    """Compare when the lag would be gone: as it is, and with more workers that have to come and to rebalance."""
    after = need.drain_with(need.target)
    if as_is is None or after is None:
        return None
    cost = memory.start_seconds + memory.rebalance_seconds
    if as_is > after + cost:
        return None
    gone = f"gone in {as_is:.0f} s as it is, in {after + cost:.0f} s with the move"
    return LimitedBy.REBALANCE_COST, f"but the lag is {gone}"


def _down(seen: Observation, memory: Memory, need: Need) -> Decision:
    sentence = f"{need.sentence}: {need.target}"
    if need.limited_by is LimitedBy.DOWNSTREAM_SATURATED:
        return Decision(need.target, need.wanted, need.limited_by, f"{sentence}: back to {need.target}", CHECK_SECONDS)
    calm = calm_seconds(memory)
    target = _step_down(seen, memory, need, calm)
    last = memory.last
    stepped = last is not None and seen.now - last.at < STEP_SECONDS
    if stepped or target >= seen.replicas:
        waiting = f"{sentence} would do, if it stays so for {calm:.0f} s"
        return replace(_stay(seen, LimitedBy.STABILIZING, waiting, need.wanted), next_check=_next_check(seen))
    return Decision(target, need.wanted, need.limited_by, f"{sentence} would do: down to {target}", _next_check(seen))


def _step_down(seen: Observation, memory: Memory, need: Need, calm: float) -> int:
    """Return a number that has done for long enough and is not far below; the number of now where there is none."""
    if not memory.wanted or seen.now - memory.wanted[0][0] < calm or is_settling(memory, seen.now):
        return seen.replicas
    recently = [number for at, number in memory.wanted if seen.now - at <= calm]
    return max(need.target, seen.replicas - max(1, math.floor(seen.replicas * STEP)), *recently)
