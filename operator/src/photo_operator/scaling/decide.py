"""The scaler's decision: from an observation, the policy and the memory to a number and a sentence. Pure.

Called by `scaler` and by the simulator in bench/scaling; explained in docs/explanation/scaling.md.
"""

import math

from msgspec.structs import replace

from photo_operator.scaling.memory import is_settling, stabilization_seconds
from photo_operator.scaling.model import Decision, Flow, LimitedBy, Memory, Observation, Policy
from photo_operator.scaling.need import Need, build_need, is_plausible
from photo_operator.scaling.saturation import find_ceiling, is_doubtful
from photo_operator.scaling.service import SATURATED

CHECK_SECONDS, IDLE_CHECK_SECONDS = 1.0, 5.0
LATE_FACTOR = 1.05  # a drain that takes longer than this times the target is late; a hot partition alone takes 1.0
SATURATED_BY_ARRIVALS = 0.95  # workers that arrivals alone keep busier than this cannot drain a backlog
STEP = 0.25  # largest part of the workers that is removed at once
STEP_SECONDS = 10.0  # shortest time between two steps down
STANDSTILL_SECONDS = 15.0  # a group without a commit for so long makes no progress


def decide(observation: Observation, policy: Policy, memory: Memory) -> Decision:
    """Return the number of workers to have, and why."""
    held = _decide_without_need(observation, policy)
    if held is not None:
        return replace(held, ceiling=memory.ceiling)
    ceiling = find_ceiling(observation, memory)
    in_force = ceiling if ceiling is not None and observation.now < ceiling.until else None
    decision = _decide_by_need(observation, policy, memory, build_need(observation, policy, memory, in_force))
    return replace(decision, ceiling=ceiling)


def _decide_without_need(observation: Observation, policy: Policy) -> Decision | None:
    """Return the decision of the cases in which the lag does not matter, or None."""
    if observation.foreign_scaler is not None and observation.replicas > 0:
        sentence = f"{observation.foreign_scaler} set {observation.replicas}; held. Scale to 0 to give the number back"
        return _hold(observation, LimitedBy.FOREIGN_SCALER, sentence)
    inside = min(max(observation.replicas, policy.least), policy.max)
    if inside != observation.replicas:
        return _move_into_bounds(observation, policy, inside)
    if observation.held_by is not None:
        wanted = min(max(observation.replicas, observation.floor), policy.max)
        sentence = f"{observation.held_by} holds the workers, with at least {observation.floor}: {wanted}"
        return Decision(wanted, wanted, LimitedBy.RUNBOOK, sentence)
    if observation.feeds_pulled:
        sentence = "feeds are pulled because Redis is out: workers cannot write, their number is held"
        return _hold(observation, LimitedBy.PULL_MODE, sentence)
    if observation.flows is None or not all(is_plausible(flow) for flow in observation.flows):
        return _hold(observation, LimitedBy.METRICS_STALE, "the lag is not known; held")
    return _no_progress(observation, observation.flows)


def _no_progress(observation: Observation, flows: tuple[Flow, ...]) -> Decision | None:
    """Hold the number if no partition is consumed despite a lag: workers wait for an engine, or are missing."""
    still = [flow.stalled_seconds for flow in flows if flow.lag]
    if not still or observation.throughput > 0 or min(still) < STANDSTILL_SECONDS or len(still) < len(flows) / 2:
        return None
    sentence = f"lag {observation.lag}, of which nothing was taken for {min(still):.0f} s: more workers would not help"
    return _hold(observation, LimitedBy.STUCK_PARTITION, sentence)


def _hold(observation: Observation, limit: LimitedBy, sentence: str, wanted: int | None = None) -> Decision:
    return Decision(observation.replicas, observation.replicas if wanted is None else wanted, limit, sentence)


def _move_into_bounds(observation: Observation, policy: Policy, inside: int) -> Decision:
    if policy.scheduled is not None and inside == policy.least > max(policy.min, observation.replicas):
        return Decision(inside, inside, LimitedBy.SCHEDULED, f"{policy.scheduled.reason}: up to {inside}")
    limit = LimitedBy.MIN if inside > observation.replicas else LimitedBy.MAX
    sentence = f"{observation.replicas} is outside of {policy.least}..{policy.max}: {inside}"
    return Decision(inside, inside, limit, sentence)


def _decide_by_need(observation: Observation, policy: Policy, memory: Memory, need: Need) -> Decision:
    if need.per_worker is None:
        return _unmeasured(observation)
    if need.target > observation.replicas:
        return _scale_up(observation, policy, memory, need)
    if need.target < observation.replicas:
        return _scale_down(observation, memory, need)
    decision = Decision(need.target, need.wanted, need.limited_by, f"{need.sentence}: {need.target}")
    return replace(decision, next_check=_next_check(observation))


def _next_check(observation: Observation) -> float:
    return CHECK_SECONDS if observation.lag else IDLE_CHECK_SECONDS


def _unmeasured(observation: Observation) -> Decision:
    sentence = f"lag {observation.lag}; what one worker does is not measured yet: held at {observation.replicas}"
    return replace(_hold(observation, LimitedBy.MEASURING, sentence), next_check=CHECK_SECONDS)


def _scale_up(observation: Observation, policy: Policy, memory: Memory, need: Need) -> Decision:
    held = _reason_not_to_scale_up(observation, policy, memory, need)
    if held is not None:
        limit, why = held
        sentence = f"{need.sentence}: {need.target}, {why}"
        return replace(_hold(observation, limit, sentence, need.wanted), next_check=CHECK_SECONDS)
    sentence = f"{need.sentence}: up to {need.target}"
    return Decision(need.target, need.wanted, need.limited_by, sentence, CHECK_SECONDS)


def _reason_not_to_scale_up(
    observation: Observation, policy: Policy, memory: Memory, need: Need
) -> tuple[LimitedBy, str] | None:
    """Return the reason not to scale up, or None."""
    as_is = need.drain_with(observation.replicas)
    late = as_is is None or as_is > policy.drain_target * LATE_FACTOR
    if not late and not (need.fills(observation.replicas, SATURATED_BY_ARRIVALS) and observation.lag):
        drained = f"{as_is:.0f}" if as_is is not None else "?"
        return LimitedBy.NONE, f"but {observation.replicas} drain it in {drained} s, in time"
    if observation.downstream:
        return LimitedBy.DOWNSTREAM, f"but {observation.downstream}"
    if is_settling(memory, observation.now) or is_doubtful(observation, memory):
        return LimitedBy.SETTLING, "once the last move has settled"
    if (
        observation.service is not None
        and observation.service.busy < SATURATED
        and need.oldest < policy.drain_target / 2
    ):
        return LimitedBy.MEASURING, f"once the workers are busy ({observation.service.busy:.0%} now) or late"
    return _rebalance_is_not_worth_it(memory, need, as_is)


def _rebalance_is_not_worth_it(memory: Memory, need: Need, as_is: float | None) -> tuple[LimitedBy, str] | None:
    """Compare the drain time of the present workers with that of more, which first have to start and rebalance."""
    after = need.drain_with(need.target)
    if as_is is None or after is None:
        return None
    cost = memory.start_seconds + memory.rebalance_seconds
    if as_is > after + cost:
        return None
    gone = f"gone in {as_is:.0f} s as it is, in {after + cost:.0f} s with the move"
    return LimitedBy.REBALANCE_COST, f"but the lag is {gone}"


def _scale_down(observation: Observation, memory: Memory, need: Need) -> Decision:
    sentence = f"{need.sentence}: {need.target}"
    if need.limited_by is LimitedBy.DOWNSTREAM_SATURATED:
        return Decision(need.target, need.wanted, need.limited_by, f"{sentence}: back to {need.target}", CHECK_SECONDS)
    stable_for = stabilization_seconds(memory)
    target = _step_down(observation, memory, need, stable_for)
    last = memory.last
    stepped = last is not None and observation.now - last.at < STEP_SECONDS
    if stepped or target >= observation.replicas:
        waiting = f"{sentence} would do, if it stays so for {stable_for:.0f} s"
        return replace(
            _hold(observation, LimitedBy.STABILIZING, waiting, need.wanted), next_check=_next_check(observation)
        )
    return Decision(
        target, need.wanted, need.limited_by, f"{sentence} would do: down to {target}", _next_check(observation)
    )


def _step_down(observation: Observation, memory: Memory, need: Need, stable_for: float) -> int:
    """Return a lower number that has been enough for long enough, at most one step down, or the present one."""
    if not memory.wanted or observation.now - memory.wanted[0][0] < stable_for or is_settling(memory, observation.now):
        return observation.replicas
    recently = [number for at, number in memory.wanted if observation.now - at <= stable_for]
    return max(need.target, observation.replicas - max(1, math.floor(observation.replicas * STEP)), *recently)
