"""The HorizontalPodAutoscaler's controller for one External metric with an AverageValue target, as pure functions.

From kubernetes/kubernetes, pkg/controller/podautoscaler (v1.33 and later): `horizontal.go` (reconcileAutoscaler,
stabilizeRecommendation and ...WithBehaviors, convertDesiredReplicasWithBehaviorRate and ...WithRules,
calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors) and `replica_calculator.go`
(GetExternalPerPodMetricReplicas); defaults from pkg/apis/autoscaling/v2/defaults.go and the controller manager's flags.
Used by `keda_hpa` and `recordings`. Whether pods are ready is not asked here, since it is not for an External metric;
nor are there several metrics, of which the greatest proposal would win.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, structs

SYNC_SECONDS = 15.0  # --horizontal-pod-autoscaler-sync-period
TOLERANCE = 0.1  # --horizontal-pod-autoscaler-tolerance
DOWNSCALE_STABILIZATION_SECONDS = 300.0  # --horizontal-pod-autoscaler-downscale-stabilization
LIMIT_FACTOR, LIMIT_MINIMUM = 2.0, 4  # scaleUpLimitFactor and scaleUpLimitMinimum, in force without `behavior`
MOST_REPLICAS = (1 << 31) - 1  # math.MaxInt32


class PolicyKind(StrEnum):
    """What a policy's value counts."""

    PODS = "Pods"
    PERCENT = "Percent"


class Select(StrEnum):
    """Which of several policies holds: the one with the greatest change, with the least, or none may move."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


class Policy(Struct, frozen=True):
    """How many pods, or percent of them, may be added or removed in a period."""

    kind: PolicyKind
    value: int
    period_seconds: float


class Rules(Struct, frozen=True):
    """HPAScalingRules: policies of one direction and the window from which the safest recommendation is taken."""

    policies: tuple[Policy, ...]
    stabilization_seconds: float
    select: Select = Select.MAX


class Behavior(Struct, frozen=True):
    """`spec.behavior`, with nothing left open."""

    up: Rules
    down: Rules


DEFAULT_BEHAVIOR = Behavior(
    up=Rules((Policy(PolicyKind.PODS, 4, 15.0), Policy(PolicyKind.PERCENT, 100, 15.0)), 0.0),
    down=Rules((Policy(PolicyKind.PERCENT, 100, 15.0),), DOWNSCALE_STABILIZATION_SECONDS),
)


class Hpa(Struct, frozen=True):
    """An autoscaler's spec: bounds, the metric's AverageValue, and `behavior` if it is given.

    Without `behavior` the API server fills in nothing (SetDefaults_HorizontalPodAutoscalerBehavior), and the controller
    goes by its old rules: at most twice as many, or four, and the greatest recommendation of the downscale window.
    """

    min: int
    max: int
    target: float
    tolerance: float = TOLERANCE
    behavior: Behavior | None = DEFAULT_BEHAVIOR


class Mark(Struct, frozen=True):
    """A number of replicas, recommended or added or removed, at a second."""

    at: float
    replicas: int


class Memory(Struct, frozen=True):
    """What the controller remembers of an autoscaler between syncs."""

    recommendations: tuple[Mark, ...] = ()
    ups: tuple[Mark, ...] = ()
    downs: tuple[Mark, ...] = ()


class Reading(Struct, frozen=True):
    """What a sync meets: the second, the replicas, and the metric summed up, or None if it cannot be had."""

    now: float
    replicas: int
    usage: float | None


def sync(hpa: Hpa, memory: Memory, reading: Reading) -> tuple[int, Memory]:
    """Return how many replicas there shall be after one sync (reconcileAutoscaler)."""
    if not memory.recommendations:  # recordInitialRecommendation
        memory = structs.replace(memory, recommendations=(Mark(reading.now, reading.replicas),))
    desired, memory = _desired(hpa, memory, reading)
    return desired, _with_event(memory, reading, desired - reading.replicas)


def _desired(hpa: Hpa, memory: Memory, reading: Reading) -> tuple[int, Memory]:
    current = reading.replicas
    if current == 0 and hpa.min != 0:  # ScalingDisabled
        return 0, memory
    if not hpa.min <= current <= hpa.max:
        return min(max(current, hpa.min), hpa.max), memory
    if reading.usage is None:  # FailedComputeMetricsReplicas: nothing is scaled
        return current, memory
    proposal = propose(reading.usage, hpa.target, current, hpa.tolerance)
    desired = _normalized(hpa, memory, reading, proposal)
    return desired, _with_recommendation(memory, Mark(reading.now, proposal), hpa)


def propose(usage: float, target: float, replicas: int, tolerance: float) -> int:
    """Return what the metric asks for (GetExternalPerPodMetricReplicas).

    A usage below zero is taken for an overflow, and asks for as many as there can be.
    """
    if usage < 0:
        return MOST_REPLICAS
    if replicas and 1.0 - tolerance <= usage / (target * replicas) <= 1.0 + tolerance:
        return replicas
    return min(MOST_REPLICAS, math.ceil(usage / target))


def _normalized(hpa: Hpa, memory: Memory, reading: Reading, proposal: int) -> int:
    if hpa.behavior is None:
        return _without_behavior(hpa, memory, reading, proposal)
    stable = _stabilized(hpa.behavior, memory, reading, proposal)
    if stable > reading.replicas:
        limit = max(up_limit(hpa.behavior.up, memory, reading), reading.replicas)
        return min(stable, hpa.max, limit)
    if stable < reading.replicas:
        limit = min(down_limit(hpa.behavior.down, memory, reading), reading.replicas)
        return max(stable, hpa.min, limit)
    return stable


def _without_behavior(hpa: Hpa, memory: Memory, reading: Reading, proposal: int) -> int:
    """Return the number by the old rules (normalizeDesiredReplicas)."""
    cutoff = reading.now - DOWNSCALE_STABILIZATION_SECONDS
    stable = max([proposal, *(mark.replicas for mark in memory.recommendations if mark.at >= cutoff)])
    limit = int(max(LIMIT_FACTOR * reading.replicas, LIMIT_MINIMUM))
    return max(hpa.min, min(stable, hpa.max, limit))


def _stabilized(behavior: Behavior, memory: Memory, reading: Reading, proposal: int) -> int:
    """Return the replicas, brought between the least that up's window and the most that down's window ask for."""
    lower = min([proposal, *_since(memory.recommendations, reading.now - behavior.up.stabilization_seconds)])
    upper = max([proposal, *_since(memory.recommendations, reading.now - behavior.down.stabilization_seconds)])
    return min(max(reading.replicas, lower), upper)


def _since(marks: Iterable[Mark], cutoff: float) -> list[int]:
    return [mark.replicas for mark in marks if mark.at > cutoff]


UP_CHOICE: Mapping[Select, Callable[[list[int]], int]] = {Select.MAX: max, Select.MIN: min}
DOWN_CHOICE: Mapping[Select, Callable[[list[int]], int]] = {Select.MAX: min, Select.MIN: max}


def up_limit(rules: Rules, memory: Memory, reading: Reading) -> int:
    """Return the most replicas that the policies allow now (calculateScaleUpLimitWithScalingRules)."""
    if rules.select is Select.DISABLED:
        return reading.replicas
    proposals = []
    for policy in rules.policies:
        begun_with = _at_period_start(policy, memory, reading)
        if policy.kind is PolicyKind.PODS:
            proposals.append(begun_with + policy.value)
        else:
            proposals.append(math.ceil(begun_with * (1 + policy.value / 100)))
    return UP_CHOICE[rules.select](proposals)


def down_limit(rules: Rules, memory: Memory, reading: Reading) -> int:
    """Return the fewest replicas that the policies allow now (calculateScaleDownLimitWithBehaviors)."""
    if rules.select is Select.DISABLED:
        return reading.replicas
    proposals = []
    for policy in rules.policies:
        begun_with = _at_period_start(policy, memory, reading)
        if policy.kind is PolicyKind.PODS:
            proposals.append(begun_with - policy.value)
        else:
            proposals.append(int(begun_with * (1 - policy.value / 100)))
    return DOWN_CHOICE[rules.select](proposals)


def _at_period_start(policy: Policy, memory: Memory, reading: Reading) -> int:
    cutoff = reading.now - policy.period_seconds
    return reading.replicas - sum(_since(memory.ups, cutoff)) + sum(_since(memory.downs, cutoff))


def _with_recommendation(memory: Memory, mark: Mark, hpa: Hpa) -> Memory:
    """Return the memory with a recommendation more, without those that no window reaches."""
    reach = DOWNSCALE_STABILIZATION_SECONDS
    if hpa.behavior is not None:
        reach = max(hpa.behavior.up.stabilization_seconds, hpa.behavior.down.stabilization_seconds)
    kept = tuple(old for old in memory.recommendations if old.at >= mark.at - reach)
    return structs.replace(memory, recommendations=(*kept, mark))


LONGEST_PERIOD_SECONDS = 1800.0  # periodSeconds of a policy, by the API's validation


def _with_event(memory: Memory, reading: Reading, change: int) -> Memory:
    """Return the memory with a move more (storeScaleEvent)."""
    cutoff = reading.now - LONGEST_PERIOD_SECONDS
    ups = tuple(mark for mark in memory.ups if mark.at > cutoff)
    downs = tuple(mark for mark in memory.downs if mark.at > cutoff)
    if change > 0:
        ups = (*ups, Mark(reading.now, change))
    elif change < 0:
        downs = (*downs, Mark(reading.now, -change))
    return structs.replace(memory, ups=ups, downs=downs)
