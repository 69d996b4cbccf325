"""KEDA and its HPA as a scaler that can be played. Built by `contenders`; every rule is in `keda` and `hpa`."""

from msgspec import Struct

from bench.scaling.peers.hpa import DEFAULT_BEHAVIOR, SYNC_SECONDS, Behavior, Hpa, Memory, Reading, sync
from bench.scaling.peers.keda import (
    Activity,
    ScaledObject,
    Trigger,
    count_poll,
    count_sync,
    fall_back,
    measure,
    request_scale,
)
from bench.scaling.scaler import Decision, Offsets, Seen

FOREVER_AGO = -1e9  # seconds


class KedaSettings(Struct, frozen=True):
    """One ScaledObject: its trigger, its spec, and the `behavior` that it gives to its HPA."""

    name: str
    trigger: Trigger
    scaled: ScaledObject
    behavior: Behavior | None = DEFAULT_BEHAVIOR


def build_hpa(settings: KedaSettings) -> Hpa:
    """Return the HPA that KEDA makes: at least one replica, since none is KEDA's own affair (getHPAMinReplicas)."""
    scaled, target = settings.scaled, settings.trigger.lag_threshold
    return Hpa(scaled.min or 1, scaled.max, target, behavior=settings.behavior)


class KedaHpa:
    """Answers every sync of the HPA with a metric measured then, and polls for activity at its own interval.

    KEDA has no notion of how old or how plausible offsets are: it uses what it reads. Where there are none, Kafka is
    taken to have answered with an error, which is the better case for a fallback.
    """

    uses_deletion_cost = False

    def __init__(self, settings: KedaSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._hpa = build_hpa(settings)
        self._memory = Memory()
        self._before: tuple[int, ...] = ()
        self._failures = 0
        self._polled = self._last_active = FOREVER_AGO

    def poll(self, seen: Seen) -> Decision:
        """Return the replicas after one sync of the HPA, and after a poll of KEDA's where one is due."""
        replicas = self._polled_replicas(seen)
        reading = Reading(seen.now, replicas, self._usage(seen.offsets, replicas))
        desired, self._memory = sync(self._hpa, self._memory, reading)
        return Decision(desired, SYNC_SECONDS)

    def _polled_replicas(self, seen: Seen) -> int:
        scaled = self._settings.scaled
        if seen.now - self._polled < scaled.polling_seconds:
            return seen.replicas
        self._polled = seen.now
        is_active = self._is_active(seen.offsets, seen.replicas)
        if is_active:
            self._last_active = seen.now
        return request_scale(scaled, seen.replicas, Activity(seen.now, is_active, self._last_active))

    def _is_active(self, offsets: Offsets | None, replicas: int) -> bool | None:
        trigger, scaled = self._settings.trigger, self._settings.scaled
        if offsets is None:  # what falls back is taken for active
            self._failures = count_poll(scaled, self._failures)
            told = fall_back(scaled.fallback, self._failures, trigger.lag_threshold, replicas)
            return None if told is None else True
        metric = measure(trigger, offsets.produced, offsets.committed, self._before)
        return metric.lag_with_persistent > trigger.activation_lag_threshold

    def _usage(self, offsets: Offsets | None, replicas: int) -> float | None:
        trigger = self._settings.trigger
        if offsets is None:
            self._failures = count_sync(self._failures)
            return fall_back(self._settings.scaled.fallback, self._failures, trigger.lag_threshold, replicas)
        self._failures = 0
        metric = measure(trigger, offsets.produced, offsets.committed, self._before)
        self._before = offsets.committed
        return float(metric.lag)
