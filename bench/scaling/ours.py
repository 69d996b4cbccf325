"""Adapts the operator's scaler to the simulation. Built by `contenders`; decides nothing itself.

All decisions and memory are in photo_operator.scaling; reports of workers are what `observe.pods` reads from their
metrics.
"""

from bench.scaling.scaler import Decision, Offsets, ScalerInputs, Worked
from bench.scaling.world import Trace
from photo_operator.engines.lag import Lag, Sample
from photo_operator.engines.lag import Offsets as PartitionOffsets
from photo_operator.scaling.decide import decide
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import Observation, Policy, Work

# How old a count may be, and how often lags are counted and workers' metrics are read: MAX_AGE_SECONDS of
# photo_operator.scaling.scaler, COUNT_SECONDS of scaling.watch, SCRAPE_SECONDS of observe.pods
MAX_AGE_SECONDS, COUNT_SECONDS, REPORT_SECONDS = 15.0, 2.5, 2.0


class OurScaler:
    """Calls `decide` with its own history."""

    name = "ours"
    uses_deletion_cost = True

    def __init__(self, trace: Trace) -> None:
        self._policy = Policy(trace.bounds.min, trace.bounds.max, trace.drain_target_seconds)
        self._history = ScalingHistory()
        self._counted_at = -COUNT_SECONDS
        self._reported_at = 0.0
        self._worked = Worked()

    def poll(self, inputs: ScalerInputs) -> Decision:
        """Return the operator's decision."""
        history = self._history
        if inputs.offsets is not None and inputs.now - self._counted_at >= COUNT_SECONDS:
            history.add(Sample(inputs.now - inputs.age_seconds, _lag(inputs.offsets)), inputs.ready)
            self._counted_at = inputs.now
        if inputs.now - self._reported_at >= REPORT_SECONDS:
            history.report([_work_between(self._worked, inputs.worked)], inputs.now)
            self._reported_at, self._worked = inputs.now, inputs.worked
        observation = Observation(
            now=inputs.now,
            replicas=inputs.replicas,
            ready=inputs.ready,
            flows=history.flows(inputs.now, MAX_AGE_SECONDS),
            service=history.service,
        )
        decision = decide(observation, self._policy, history.memory)
        history.decided(observation, decision, moved=decision.replicas != inputs.replicas)
        return Decision(decision.replicas, decision.next_check)


def _lag(offsets: Offsets) -> Lag:
    pairs = zip(offsets.produced, offsets.committed, strict=True)
    return Lag(tuple(PartitionOffsets(place, produced, committed) for place, (produced, committed) in enumerate(pairs)))


def _work_between(before: Worked, after: Worked) -> Work:
    return Work(
        after.handled - before.handled,
        after.busy_seconds - before.busy_seconds,
        after.worker_seconds - before.worker_seconds,
    )
