"""KEDA's Apache Kafka scaler, and the part of KEDA that scales between zero and one, as pure functions.

From kedacore/keda 2.21: pkg/scalers/kafka_scaler.go (getLagForPartition, getTotalLag,
getNextFactorThatBalancesConsumersToTopicPartitions), pkg/scaling/executor/scale_scaledobjects.go (RequestScale),
pkg/scaling/scale_handler.go (getScalerState, hpaActivelyQuerying), pkg/fallback/fallback.go (GetMetricsWithFallback,
doFallback), and keda.sh/docs/2.20/scalers/apache-kafka. Above one pod KEDA only provides the metric for an HPA, which
is in `hpa`. Not modelled: several triggers, scalingModifiers, idleReplicaCount.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

POLLING_SECONDS = 30.0  # pollingInterval: how often activity is checked
COOLDOWN_SECONDS = 300.0  # cooldownPeriod: time of inactivity before scaling to zero
NEVER_COMMITTED = -1  # invalidOffset


class Trigger(Struct, frozen=True):
    """The trigger's metadata under KEDA's names, with KEDA's defaults; offsetResetPolicy is `latest`."""

    lag_threshold: int = 10
    activation_lag_threshold: int = 0
    allow_idle_consumers: bool = False
    scale_to_zero_on_invalid_offset: bool = False
    exclude_persistent_lag: bool = False
    limit_to_partitions_with_lag: bool = False
    ensure_even_distribution_of_partitions: bool = False


class Metric(Struct, frozen=True):
    """The metric for the HPA, and whether the trigger is active."""

    lag: int
    lag_with_persistent: int


def measure(trigger: Trigger, produced: Sequence[int], committed: Sequence[int], before: Sequence[int]) -> Metric:
    """Return the metric (getTotalLag).

    `before` are the committed offsets of the previous measurement, or empty. If excludePersistentLag is set, the lag of
    a partition whose offset has not changed counts only for activity.
    """
    lags = [_lag(trigger, newest, offset) for newest, offset in zip(produced, committed, strict=True)]
    counted = lags
    if trigger.exclude_persistent_lag and before:
        pairs = zip(lags, committed, before, strict=True)
        counted = [0 if offset == last and offset != NEVER_COMMITTED else lag for lag, offset, last in pairs]
    return Metric(cap(trigger, counted), sum(lags))


def _lag(trigger: Trigger, newest: int, offset: int) -> int:
    if offset == NEVER_COMMITTED:
        return 0 if trigger.scale_to_zero_on_invalid_offset else 1
    return newest - offset


def cap(trigger: Trigger, lags: Sequence[int]) -> int:
    """Return the total lag, capped so that it requires at most one consumer per partition."""
    total, bound = sum(lags), len(lags)
    if not _is_capped(trigger):
        return total
    if trigger.ensure_even_distribution_of_partitions:
        total = even_consumers(total, bound, trigger.lag_threshold) * trigger.lag_threshold
    if trigger.limit_to_partitions_with_lag:
        bound = sum(lag > 0 for lag in lags)
    # integer division: a lag of almost one threshold above the limit is not capped
    return bound * trigger.lag_threshold if total // trigger.lag_threshold > bound else total


def _is_capped(trigger: Trigger) -> bool:
    return (
        not trigger.allow_idle_consumers
        or trigger.limit_to_partitions_with_lag
        or trigger.ensure_even_distribution_of_partitions
    )


def even_consumers(total: int, partitions: int, threshold: int) -> int:
    """Return the fewest consumers that divide the partitions evenly and are enough for a lag."""
    factors = [number for number in range(1, partitions + 1) if partitions % number == 0]
    return next((factor for factor in factors if factor * threshold >= total), partitions)


class FallbackBehavior(StrEnum):
    """How many replicas to use while the metric is unavailable."""

    STATIC = "static"
    CURRENT = "currentReplicas"
    CURRENT_IF_HIGHER = "currentReplicasIfHigher"
    CURRENT_IF_LOWER = "currentReplicasIfLower"


class Fallback(Struct, frozen=True):
    """`spec.fallback`: the replicas to use after more than this number of consecutive failures."""

    failure_threshold: int
    replicas: int
    behavior: FallbackBehavior = FallbackBehavior.STATIC


CHOICES: Mapping[FallbackBehavior, Callable[[int, int], int]] = {
    FallbackBehavior.STATIC: lambda fallback, _: fallback,
    FallbackBehavior.CURRENT: lambda _, current: current,
    FallbackBehavior.CURRENT_IF_HIGHER: max,
    FallbackBehavior.CURRENT_IF_LOWER: min,
}


def fall_back(fallback: Fallback | None, failures: int, threshold: int, replicas: int) -> float | None:
    """Return the metric to use after consecutive failures, or None if the HPA gets an error."""
    if fallback is None or failures <= fallback.failure_threshold:
        return None
    return float(threshold * CHOICES[fallback.behavior](fallback.replicas, replicas))


class ScaledObject(Struct, frozen=True):
    """The fields of a ScaledObject's spec that affect the number of pods."""

    min: int = 0
    max: int = 100
    polling_seconds: float = POLLING_SECONDS
    cooldown_seconds: float = COOLDOWN_SECONDS
    fallback: Fallback | None = None


def count_sync(failures: int, *, is_reached: bool = True) -> int:
    """Return the consecutive failures after a sync of the HPA.

    Errors that Kafka returns are counted every time. An unreachable Kafka is counted once: the scaler is then built
    again each time, which fails before the counting, so there is no fallback (performGetScalersCache).
    """
    return failures + 1 if is_reached else max(failures, 1)


def count_poll(scaled: ScaledObject, failures: int, *, is_reached: bool = True) -> int:
    """Return the consecutive failures after a poll.

    With at least one pod, a poll uses the metric of the last sync, or reads it itself if that sync failed.
    """
    return count_sync(failures, is_reached=is_reached) if scaled.min == 0 or failures else failures


class Activity(Struct, frozen=True):
    """Result of a poll at a time; None if the metric was unavailable."""

    now: float
    is_active: bool | None
    last_active: float = -math.inf


def request_scale(scaled: ScaledObject, replicas: int, activity: Activity) -> int:
    """Return the replicas after a poll: from zero to one if active, and to zero after the cooldown."""
    if activity.is_active is None:  # without a fallback KEDA only sets a condition; with one the HPA applies it
        return replicas
    if activity.is_active:
        return replicas or max(1, scaled.min)
    if replicas and scaled.min == 0:
        return 0 if activity.last_active + scaled.cooldown_seconds < activity.now else replicas
    return max(replicas, scaled.min)
