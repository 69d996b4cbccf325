"""The HorizontalPodAutoscaler's controller for one External metric with an AverageValue target, as pure functions.

From kubernetes/kubernetes, pkg/controller/podautoscaler (v1.33 and later): `horizontal.go` (reconcileAutoscaler,
stabilizeRecommendation and ...WithBehaviors, convertDesiredReplicasWithBehaviorRate and ...WithRules,
calculateScaleUpLimitWithScalingRules, calculateScaleDownLimitWithBehaviors) and `replica_calculator.go`
(GetExternalPerPodMetricReplicas); defaults from pkg/apis/autoscaling/v2/defaults.go and the controller manager's flags.
Used by `keda_hpa` and `recordings`. Readiness of pods is not modelled, because the controller ignores it for External
metrics. Several metrics are not modelled either; the controller would use the greatest proposal.
"""

import math
from collections.abc import Callable, Iterable
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
    """Which of several policies applies: the greatest change, the smallest, or no change is allowed."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


class ScalingPolicy(Struct, frozen=True):
    """How many pods, or percent of them, may be added or removed in a period."""

    kind: PolicyKind
    value: int
    period_seconds: float


class Rules(Struct, frozen=True):
    """HPAScalingRules: policies of one direction and the window from which the safest recommendation is taken."""

    policies: tuple[ScalingPolicy, ...]
    stabilization_seconds: float
    select: Select = Select.MAX


class Behavior(Struct, frozen=True):
    """`spec.behavior` with all fields set."""

    up: Rules
    down: Rules


DEFAULT_BEHAVIOR = Behavior(
    up=Rules((ScalingPolicy(PolicyKind.PODS, 4, 15.0), ScalingPolicy(PolicyKind.PERCENT, 100, 15.0)), 0.0),
    down=Rules((ScalingPolicy(PolicyKind.PERCENT, 100, 15.0),), DOWNSCALE_STABILIZATION_SECONDS),
)


class Hpa(Struct, frozen=True):
    """An autoscaler's spec: bounds, the metric's AverageValue, and `behavior` if it is given.

    Without `behavior` the API server sets no defaults (SetDefaults_HorizontalPodAutoscalerBehavior), and the controller
    uses its old rules: at most twice as many or four, and the greatest recommendation of the downscale window.
    """

    min: int
    max: int
    target: float
    tolerance: float = TOLERANCE
    behavior: Behavior | None = DEFAULT_BEHAVIOR


class Mark(Struct, frozen=True):
    """A number of replicas that was recommended, added or removed at a time."""

    at: float
    replicas: int


class HpaMemory(Struct, frozen=True):
    """What the controller remembers of an autoscaler between syncs."""

    recommendations: tuple[Mark, ...] = ()
    ups: tuple[Mark, ...] = ()
    downs: tuple[Mark, ...] = ()


class SyncInputs(Struct, frozen=True):
    """Inputs of one sync: the time, the replicas, and the sum of the metric, or None if it is unavailable."""

    now: float
    replicas: int
    usage: float | None


def sync(hpa: Hpa, memory: HpaMemory, inputs: SyncInputs) -> tuple[int, HpaMemory]:
    """Return the replicas after one sync (reconcileAutoscaler)."""
    if not memory.recommendations:  # recordInitialRecommendation
        memory = structs.replace(memory, recommendations=(Mark(inputs.now, inputs.replicas),))
    desired, memory = _desired(hpa, memory, inputs)
    return desired, _with_event(memory, inputs, desired - inputs.replicas)


def _desired(hpa: Hpa, memory: HpaMemory, inputs: SyncInputs) -> tuple[int, HpaMemory]:
    current = inputs.replicas
    if current == 0 and hpa.min != 0:  # ScalingDisabled
        return 0, memory
    if not hpa.min <= current <= hpa.max:
        return min(max(current, hpa.min), hpa.max), memory
    if inputs.usage is None:  # FailedComputeMetricsReplicas: nothing is scaled
        return current, memory
    proposal = propose(inputs.usage, hpa.target, current, hpa.tolerance)
    desired = _normalized(hpa, memory, inputs, proposal)
    return desired, _with_recommendation(memory, Mark(inputs.now, proposal), hpa)


def propose(usage: float, target: float, replicas: int, tolerance: float) -> int:
    """Return the replicas that the metric requires (GetExternalPerPodMetricReplicas).

    A negative usage is treated as an overflow and requires the greatest possible number.
    """
    if usage < 0:
        return MOST_REPLICAS
    if replicas and 1.0 - tolerance <= usage / (target * replicas) <= 1.0 + tolerance:
        return replicas
    return min(MOST_REPLICAS, math.ceil(usage / target))


def _normalized(hpa: Hpa, memory: HpaMemory, inputs: SyncInputs, proposal: int) -> int:
    if hpa.behavior is None:
        return _without_behavior(hpa, memory, inputs, proposal)
    stable = _stabilized(hpa.behavior, memory, inputs, proposal)
    if stable == inputs.replicas:
        return stable
    up = stable > inputs.replicas
    direction, rules, bound = (UP, hpa.behavior.up, hpa.max) if up else (DOWN, hpa.behavior.down, hpa.min)
    limit = direction.larger((rate_limit(direction, rules, memory, inputs), inputs.replicas))
    return direction.smaller((stable, bound, limit))


def _without_behavior(hpa: Hpa, memory: HpaMemory, inputs: SyncInputs, proposal: int) -> int:
    """Return the replicas according to the old rules (normalizeDesiredReplicas)."""
    cutoff = inputs.now - DOWNSCALE_STABILIZATION_SECONDS
    stable = max([proposal, *(mark.replicas for mark in memory.recommendations if mark.at >= cutoff)])
    limit = int(max(LIMIT_FACTOR * inputs.replicas, LIMIT_MINIMUM))
    return max(hpa.min, min(stable, hpa.max, limit))


def _stabilized(behavior: Behavior, memory: HpaMemory, inputs: SyncInputs, proposal: int) -> int:
    """Return the replicas, limited by the minimum of the upscale window and the maximum of the downscale window."""
    lower = min([proposal, *_since(memory.recommendations, inputs.now - behavior.up.stabilization_seconds)])
    upper = max([proposal, *_since(memory.recommendations, inputs.now - behavior.down.stabilization_seconds)])
    return min(max(inputs.replicas, lower), upper)


def _since(marks: Iterable[Mark], cutoff: float) -> list[int]:
    return [mark.replicas for mark in marks if mark.at > cutoff]


class Direction(Struct, frozen=True):
    """One direction of `behavior`: its sign, and which of several replica counts is the larger or smaller change."""

    sign: int
    larger: Callable[[Iterable[int]], int]
    smaller: Callable[[Iterable[int]], int]
    rounded: Callable[[float], int]  # how a percentage of the replicas is rounded


UP = Direction(1, max, min, math.ceil)
DOWN = Direction(-1, min, max, int)


def rate_limit(direction: Direction, rules: Rules, memory: HpaMemory, inputs: SyncInputs) -> int:
    """Return the largest change that the policies of one direction allow now, as a number of replicas.

    Upwards this is calculateScaleUpLimitWithScalingRules, downwards calculateScaleDownLimitWithBehaviors.
    """
    if rules.select is Select.DISABLED:
        return inputs.replicas
    choose = direction.larger if rules.select is Select.MAX else direction.smaller
    return choose(_policy_limit(direction, policy, memory, inputs) for policy in rules.policies)


def _policy_limit(direction: Direction, policy: ScalingPolicy, memory: HpaMemory, inputs: SyncInputs) -> int:
    begun_with = _at_period_start(policy, memory, inputs)
    if policy.kind is PolicyKind.PODS:
        return begun_with + direction.sign * policy.value
    return direction.rounded(begun_with * (1 + direction.sign * policy.value / 100))


def _at_period_start(policy: ScalingPolicy, memory: HpaMemory, inputs: SyncInputs) -> int:
    cutoff = inputs.now - policy.period_seconds
    return inputs.replicas - sum(_since(memory.ups, cutoff)) + sum(_since(memory.downs, cutoff))


def _with_recommendation(memory: HpaMemory, mark: Mark, hpa: Hpa) -> HpaMemory:
    """Return the memory with one more recommendation and without those older than every window."""
    reach = DOWNSCALE_STABILIZATION_SECONDS
    if hpa.behavior is not None:
        reach = max(hpa.behavior.up.stabilization_seconds, hpa.behavior.down.stabilization_seconds)
    kept = tuple(old for old in memory.recommendations if old.at >= mark.at - reach)
    return structs.replace(memory, recommendations=(*kept, mark))


LONGEST_PERIOD_SECONDS = 1800.0  # periodSeconds of a policy, by the API's validation


def _with_event(memory: HpaMemory, inputs: SyncInputs, change: int) -> HpaMemory:
    """Return the memory with one more change of replicas (storeScaleEvent)."""
    cutoff = inputs.now - LONGEST_PERIOD_SECONDS
    ups = tuple(mark for mark in memory.ups if mark.at > cutoff)
    downs = tuple(mark for mark in memory.downs if mark.at > cutoff)
    if change > 0:
        ups = (*ups, Mark(inputs.now, change))
    elif change < 0:
        downs = (*downs, Mark(inputs.now, -change))
    return structs.replace(memory, ups=ups, downs=downs)
