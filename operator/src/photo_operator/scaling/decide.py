"""The scaler's decision. Pure: from lag, rates and bounds to a number and a sentence that can be checked by hand.

wanted = ceil((arrival + lag / drainTargetSeconds) / what one busy worker does), one jump up, down after a calm.
"""

import math

from photo_operator.scaling.model import Bounds, Decision, LimitedBy, Observation

SETTLE_SECONDS = 20.0  # after a move the group rebalances; what is measured meanwhile says little
CALM_SECONDS = 30.0  # fewer workers must do for so long before any is taken away
SLOWEST_WORKER = 0.001  # messages a second; a lower rate is no measurement


def decide(seen: Observation) -> Decision:
    """Return how many workers there shall be."""
    held = _held(seen)
    if held is not None:
        return held
    wanted, sentence = _wanted(seen)
    return _moved(seen, wanted, sentence)


def _held(seen: Observation) -> Decision | None:
    if seen.foreign_scaler is not None and seen.replicas > 0:
        sentence = f"{seen.foreign_scaler} set {seen.replicas}; held. Scale to 0 to give the number back"
        return Decision(seen.replicas, seen.replicas, LimitedBy.FOREIGN_SCALER, sentence)
    inside = min(max(seen.replicas, seen.bounds.min), seen.bounds.max)
    if inside != seen.replicas:
        limit = LimitedBy.MIN if inside > seen.replicas else LimitedBy.MAX
        sentence = f"{seen.replicas} is outside of {seen.bounds.min}..{seen.bounds.max}: {inside}"
        return Decision(inside, inside, limit, sentence)
    if seen.held_by is not None:
        return _yielded(seen)
    if seen.pulling:
        sentence = "feeds are pulled because Redis is out: workers cannot write, their number is held"
        return Decision(seen.replicas, seen.replicas, LimitedBy.PULL_MODE, sentence)
    if seen.lag is None:
        return Decision(seen.replicas, seen.replicas, LimitedBy.METRICS_STALE, "the lag is not known; held")
    return None


def _yielded(seen: Observation) -> Decision:
    wanted = min(max(seen.replicas, seen.floor), seen.bounds.max)
    sentence = f"{seen.held_by} holds the fan-out, with at least {seen.floor} workers: {wanted}"
    return Decision(wanted, wanted, LimitedBy.RUNBOOK, sentence)


def _wanted(seen: Observation) -> tuple[int, str]:
    """Return what lag and rates ask for, before bounds."""
    lag = seen.lag.messages if seen.lag else 0
    arrival, each = seen.rates.arrival or 0.0, seen.rates.per_worker
    if each is None or each < SLOWEST_WORKER:
        if lag == 0:
            return seen.bounds.min, "no lag"
        return seen.replicas, f"lag {lag}; what one worker does is not measured yet"
    if lag == 0 and arrival == 0:
        return seen.bounds.min, "no lag, nothing arrives"
    needed = (arrival + lag / seen.bounds.drain_target) / each
    sentence = f"({arrival:.1f}/s + {lag} / {seen.bounds.drain_target} s) / {each:.1f}/s a worker = {needed:.1f}"
    return max(1, math.ceil(needed - 0.05)), sentence


def _capped(wanted: int, bounds: Bounds, partitions: int) -> tuple[int, LimitedBy]:
    if wanted < bounds.min:
        return bounds.min, LimitedBy.MIN
    ceiling = min(bounds.max, max(1, partitions))
    if wanted <= ceiling:
        return wanted, LimitedBy.NONE
    return max(ceiling, bounds.min), LimitedBy.MAX if ceiling == bounds.max else LimitedBy.PARTITIONS


def _moved(seen: Observation, wanted: int, sentence: str) -> Decision:
    partitions = seen.lag.partitions if seen.lag else 1
    target, limit = _capped(wanted, seen.bounds, partitions)
    if target > seen.replicas:
        return _up(seen, Decision(target, wanted, limit, sentence))
    if target < seen.replicas:
        return _down(seen, Decision(target, wanted, limit, sentence))
    return Decision(target, wanted, limit, f"{sentence}: {target}")


def _up(seen: Observation, to: Decision) -> Decision:
    lag = seen.lag.messages if seen.lag else 0
    each = seen.rates.per_worker or 0.0
    arrival = seen.rates.arrival or 0.0
    spare = each * seen.replicas - arrival
    if spare > 0 and lag / spare <= seen.bounds.drain_target:
        calm = f"{to.explanation}: {seen.replicas} drain it in {lag / spare:.0f} s, in time"
        return Decision(seen.replicas, to.wanted, LimitedBy.NONE, calm)
    if _settling(seen):
        settling = f"{to.explanation}: {to.replicas}, once the last move has settled"
        return Decision(seen.replicas, to.wanted, LimitedBy.SETTLING, settling)
    return Decision(to.replicas, to.wanted, to.limited_by, f"{to.explanation}: up to {to.replicas}")


def _down(seen: Observation, to: Decision) -> Decision:
    lag = seen.lag.messages if seen.lag else 0
    recently = max((*seen.wanted_recently, to.replicas))
    target = min(seen.replicas, max(to.replicas, recently))
    late = drain_seconds(lag, seen.rates.capacity(seen.replicas))
    if target == seen.replicas or _settling(seen) or late is None or late > seen.bounds.drain_target:
        waiting = f"{to.explanation}: {to.replicas} would do, if it stays so for {CALM_SECONDS:.0f} s"
        return Decision(seen.replicas, to.wanted, LimitedBy.STABILIZING, waiting)
    return Decision(target, to.wanted, to.limited_by, f"{to.explanation}: down to {target}")


def _settling(seen: Observation) -> bool:
    return seen.last_move is not None and seen.now - seen.last_move < SETTLE_SECONDS


def drain_seconds(lag: int, capacity: float | None) -> int | None:
    """Return the seconds until a lag is gone at this rate, or None where nothing moves."""
    if lag == 0:
        return 0
    return math.ceil(lag / capacity) if capacity is not None and capacity >= SLOWEST_WORKER else None
