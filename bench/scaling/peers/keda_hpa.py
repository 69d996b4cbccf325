"""Adapts KEDA and its HPA to the simulation. Built by `contenders`; all rules are in `keda` and `hpa`."""

from msgspec import Struct

from bench.scaling.peers.hpa import DEFAULT_BEHAVIOR, SYNC_SECONDS, Behavior, Hpa, HpaMemory, SyncInputs, sync
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
from bench.scaling.scaler import Decision, Offsets, ScalerInputs

FOREVER_AGO = -1e9  # seconds


class KedaSettings(Struct, frozen=True):
    """One ScaledObject: its trigger, its spec, and the `behavior` of its HPA."""

    name: str
    trigger: Trigger
    scaled: ScaledObject
    behavior: Behavior | None = DEFAULT_BEHAVIOR


def build_hpa(settings: KedaSettings) -> Hpa:
    """Return the HPA that KEDA creates; its minimum is one, because KEDA scales to zero itself (getHPAMinReplicas)."""
    scaled, target = settings.scaled, settings.trigger.lag_threshold
    return Hpa(scaled.min or 1, scaled.max, target, behavior=settings.behavior)


class KedaHpa:
    """Measures the metric at every sync of the HPA, and polls for activity at its own interval.

    KEDA does not check the age or plausibility of offsets. Missing offsets are modelled as an error that Kafka
    returned, which is the better case for a fallback.
    """

    uses_deletion_cost = False

    def __init__(self, settings: KedaSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._hpa = build_hpa(settings)
        self._memory = HpaMemory()
        self._before: tuple[int, ...] = ()
        self._failures = 0
        self._polled = self._last_active = FOREVER_AGO

    def poll(self, inputs: ScalerInputs) -> Decision:
        """Return the replicas after one sync of the HPA and, if it is due, a poll of KEDA."""
        replicas = self._polled_replicas(inputs)
        sync_inputs = SyncInputs(inputs.now, replicas, self._usage(inputs.offsets, replicas))
        desired, self._memory = sync(self._hpa, self._memory, sync_inputs)
        return Decision(desired, SYNC_SECONDS)

    def _polled_replicas(self, inputs: ScalerInputs) -> int:
        scaled = self._settings.scaled
        if inputs.now - self._polled < scaled.polling_seconds:
            return inputs.replicas
        self._polled = inputs.now
        is_active = self._is_active(inputs.offsets, inputs.replicas)
        if is_active:
            self._last_active = inputs.now
        return request_scale(scaled, inputs.replicas, Activity(inputs.now, is_active, self._last_active))

    def _is_active(self, offsets: Offsets | None, replicas: int) -> bool | None:
        trigger, scaled = self._settings.trigger, self._settings.scaled
        if offsets is None:  # with a fallback KEDA treats the trigger as active
            self._failures = count_poll(scaled, self._failures)
            fallback_metric = fall_back(scaled.fallback, self._failures, trigger.lag_threshold, replicas)
            return None if fallback_metric is None else True
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
