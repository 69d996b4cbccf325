"""The number of workers that the lag asks for, before `decide` weighs whether to move. Pure.

A partition is read by one worker at a time, so that no partition asks for more than one worker:

    wanted = ceil( sum over partitions of min(1, (arrival + lag / drainTargetSeconds) / throughput of one worker) )

and at least enough to handle the arrivals alone at 80 % utilisation.
"""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from msgspec import Struct
from msgspec.structs import replace

from photo_operator.scaling.model import Ceiling, Flow, LimitedBy, Memory, Observation, Policy
from photo_operator.scaling.service import SLOWEST_WORKER

ARRIVAL_UTILISATION = 0.8  # highest utilisation by arrivals alone
# a partition without a commit for so long is stuck; longer if messages take long: its worker may be at another one
STUCK_SECONDS, LONGEST_STUCK_SECONDS, SPARE_MESSAGES = 30.0, 110.0, 5.0
# overload allowed per worker because partitions cannot be spread evenly: of a backlog, which then drains somewhat
# later, and of steady arrivals
BACKLOG_OVERLOAD, STEADY_OVERLOAD = 1.4, 1.15
IGNORED_FRACTION = 0.05  # smaller fractions of a worker are ignored
NOTABLE_WEIGHT_DIFFERENCE = 0.2  # a smaller difference in weight is not mentioned
MAX_BACKLOG_WEIGHT = 10.0  # a waiting message never counts for more than so many handled ones
IMPLAUSIBLE = 1e12  # messages, or messages per second, that no group reaches


class Need(Struct, frozen=True):
    """The number that the lag asks for; `per_worker` is None while it is not known."""

    wanted: int
    target: int
    limited_by: LimitedBy
    sentence: str
    per_worker: float | None
    flows: tuple[Flow, ...] = ()  # by partition, reduced to what workers can handle

    @property
    def lag(self) -> int:
        """Waiting messages that more workers could handle."""
        return sum(flow.lag for flow in self.flows)

    @property
    def arrival(self) -> float:
        """Arriving messages per second that more workers could handle."""
        return sum(flow.arrival for flow in self.flows)

    @property
    def oldest(self) -> float:
        """Age of the oldest of the waiting messages, in seconds."""
        return max((flow.oldest for flow in self.flows), default=0.0)

    def drain_with(self, workers: int) -> float | None:
        """Return the seconds in which this many workers drain the lag; None if one of them never does."""
        each = self.per_worker or 0.0
        times = []
        for lag, arrival in zip(
            assign_ranges([float(flow.lag) for flow in self.flows], workers),
            assign_ranges([flow.arrival for flow in self.flows], workers),
            strict=True,
        ):
            if lag and arrival >= each:
                return None
            times.append(lag / (each - arrival) if lag else 0.0)
        return max(times, default=0.0)

    def fills(self, workers: int, part: float) -> bool:
        """Return whether arrivals alone keep this many workers at that utilisation or above."""
        return self.arrival >= part * (self.per_worker or 0.0) * workers


def assign_ranges(values: Sequence[float], workers: int) -> list[float]:
    """Return the sum of the values that each worker gets from the range assignor, which is contiguous.

    The consumers of this platform use that assignor (`photo_core.streams.consumer`).
    """
    size, rest = divmod(len(values), max(1, workers))
    starts = [index * size + min(index, rest) for index in range(max(1, workers) + 1)]
    sums = list(accumulate(values, initial=0.0))
    return [sums[end] - sums[start] for start, end in pairwise(starts)]


def fewest_workers(shares: Sequence[float], overload: float, hot: float = 1.0) -> int:
    """Return the fewest workers of which none gets more than `overload` times what one worker can handle.

    A partition whose share is `hot` or more is too much for any worker: it gets one, and does not ask for as many
    workers as there are partitions only because it shares that worker.
    """
    shared = [share if share < hot else 0.0 for share in shares]
    least = max(1, math.ceil(sum(min(1.0, share) for share in shares) - IGNORED_FRACTION))
    fitting = (number for number in range(least, len(shares)) if max(assign_ranges(shared, number)) <= overload)
    return next(fitting, max(least, len(shares)))


def rounded(value: float) -> float:
    """Return a number rounded to two digits, so that jitter does not change the status."""
    if value < 10:
        return round(value, 1)
    step = 10 ** (len(str(int(value))) - 2)
    return float(round(value / step) * step)


def drain_seconds(lag: int, capacity: float | None) -> int | None:
    """Return the seconds in which a lag is drained at this rate, or None if nothing is consumed."""
    if lag == 0:
        return 0
    return math.ceil(lag / capacity) if capacity is not None and capacity >= 0.001 else None


def build_need(observation: Observation, policy: Policy, memory: Memory, ceiling: Ceiling | None) -> Need:
    """Return the number of workers that the partitions of a group ask for."""
    flows = observation.flows or ()
    stuck_after = _stuck_after(observation)
    stuck = [flow for flow in flows if flow.lag and flow.stalled_seconds >= stuck_after]
    moving = [flow for flow in flows if not flow.lag or flow.stalled_seconds < stuck_after]
    each = (
        observation.service.per_worker / observation.backlog_weight
        if observation.service is not None and observation.backlog_weight > 0
        else math.nan
    )
    if not SLOWEST_WORKER / MAX_BACKLOG_WEIGHT <= each < IMPLAUSIBLE and not any(
        flow.lag or flow.arrival for flow in moving
    ):
        each = 1.0  # without work, any throughput is enough
    if not SLOWEST_WORKER / MAX_BACKLOG_WEIGHT <= each < IMPLAUSIBLE:
        return Need(observation.replicas, observation.replicas, LimitedBy.MEASURING, "", None)
    calculation = _Calculation(observation, policy, memory, each, tuple(moving), tuple(stuck))
    wanted, sentence, limit = _wanted(calculation)
    target, bound = _bounded(wanted, policy, ceiling)
    if bound is LimitedBy.DOWNSTREAM_SATURATED and ceiling is not None:
        sentence = f"{sentence}, but {ceiling.why}"
    usable = tuple(calculation.usable(flow) for flow in flows)
    return Need(wanted, target, limit if bound is LimitedBy.NONE else bound, sentence, each, usable)


def _stuck_after(observation: Observation) -> float:
    """Return how long a partition may have lag without a commit before it counts as stuck."""
    service = observation.service
    if service is None or service.per_worker < SLOWEST_WORKER:
        return STUCK_SECONDS
    turn = observation.lag / max(1, observation.ready) + SPARE_MESSAGES
    return min(max(STUCK_SECONDS, turn / service.per_worker), LONGEST_STUCK_SECONDS)


class _Calculation(Struct, frozen=True):
    observation: Observation
    policy: Policy
    memory: Memory
    per_worker: float
    moving: tuple[Flow, ...]
    stuck: tuple[Flow, ...]

    @property
    def arriving(self) -> str:
        """The arrival rate as text."""
        return f"{rounded(sum(flow.arrival for flow in self.moving)):g}/s"

    @property
    def one(self) -> str:
        """The throughput of one worker as text."""
        backlog_weight = self.observation.backlog_weight
        apart = (
            f", what waits being {backlog_weight:.1f} times the work of what was done"
            if abs(backlog_weight - 1) > NOTABLE_WEIGHT_DIFFERENCE
            else ""
        )
        return f"{rounded(self.per_worker):g}/s a worker{apart}"

    @property
    def arrival_utilisation(self) -> float:
        """The highest utilisation by arrivals alone.

        It is lower if one message takes a large part of the drain target: the messages behind it wait for p / (1 - p)
        messages on average (a queue with one server), which may be at most a third of the target.
        """
        return min(ARRIVAL_UTILISATION, 1 / (1 + 3 / (self.per_worker * self.policy.drain_target)))

    def growing(self, flow: Flow) -> float:
        """Return by how much the lag of a partition grows until new workers are ready."""
        return max(0.0, flow.arrival - flow.service) * self.memory.start_seconds if flow.lag else 0.0

    def share(self, flow: Flow) -> float:
        """Return the number of workers that a partition asks for."""
        waiting = flow.lag + self.growing(flow)
        return (flow.arrival + waiting / self.policy.drain_target) / self.per_worker

    def sentence(self, asked: float) -> str:
        """Return the calculation as text that can be checked by hand."""
        lag = f"{rounded(sum(flow.lag for flow in self.moving)):g}"
        growing = rounded(sum(self.growing(flow) for flow in self.moving))
        waiting = f"({lag} + {growing:g} by then)" if growing >= 1 else lag
        return f"({self.arriving} + {waiting} / {self.policy.drain_target} s) / {self.one} = {asked:.1f}"

    def usable(self, flow: Flow) -> Flow:
        """Return the part of a partition that workers can handle: nothing if stuck, one worker's share if hot."""
        if flow in self.stuck:
            return Flow(flow.number, 0)
        share = max(1.0, self.share(flow))
        return replace(flow, lag=int(flow.lag / share), arrival=flow.arrival / share)


def is_plausible(flow: Flow) -> bool:
    """Return whether every number of a partition is finite, not negative, and below what any group reaches."""
    return all(
        0 <= number < IMPLAUSIBLE
        for number in (flow.lag, flow.arrival, flow.service, flow.oldest, flow.stalled_seconds)
    )


def _wanted(found: _Calculation) -> tuple[int, str, LimitedBy]:
    """Return the number of workers that is asked for, the calculation as text, and the limit."""
    shares = {flow.number: found.share(flow) for flow in found.moving}
    for_arrivals = [flow.arrival / found.per_worker / found.arrival_utilisation for flow in found.moving]
    if not any(shares.values()):
        return 1, _with_stuck("no lag, nothing arrives", found), _limit(found, LimitedBy.NONE)
    asked, wanted = (
        list(shares.values()),
        max(
            fewest_workers(list(shares.values()), BACKLOG_OVERLOAD),
            fewest_workers(for_arrivals, STEADY_OVERLOAD, 1 / found.arrival_utilisation),
        ),
    )
    sentence, limit = found.sentence(sum(asked)), LimitedBy.NONE
    if sum(min(1.0, share) for share in for_arrivals) > sum(min(1.0, share) for share in asked):
        sentence = f"{found.arriving} / {found.one} at {found.arrival_utilisation:.0%} = {sum(for_arrivals):.1f}"
    hot = max(shares, key=lambda number: shares[number])
    if min(asked) >= 1:
        limit = LimitedBy.PARTITIONS
    elif shares[hot] > 1:
        usable, limit = sum(min(1.0, share) for share in asked), LimitedBy.HOT_PARTITION
        about = f" (most of it {found.observation.hot_key})" if found.observation.hot_key else ""
        sentence = f"{sentence}; partition {hot}{about} asks for {shares[hot]:.1f} and can have one: {usable:.1f}"
    return wanted, _with_stuck(sentence, found), _limit(found, limit)


def _with_stuck(sentence: str, found: _Calculation) -> str:
    if not found.stuck:
        return sentence
    first = max(found.stuck, key=lambda flow: flow.stalled_seconds)
    stalled = f"has not moved for {first.stalled_seconds:.0f} s with lag {first.lag}"
    return f"{sentence}; partition {first.number} {stalled}: left out"


def _limit(found: _Calculation, limit: LimitedBy) -> LimitedBy:
    return LimitedBy.STUCK_PARTITION if found.stuck and limit is LimitedBy.NONE else limit


def _bounded(wanted: int, policy: Policy, ceiling: Ceiling | None) -> tuple[int, LimitedBy]:
    """Return the number within all bounds, and the bound that applies."""
    limits = [(policy.max, LimitedBy.MAX)]
    limits += [(ceiling.replicas, LimitedBy.DOWNSTREAM_SATURATED)] if ceiling is not None else []
    highest, why = min(limits, key=lambda found: found[0])
    highest = max(highest, policy.least)
    if wanted < policy.least:
        scheduled = policy.scheduled is not None and policy.least > policy.min
        return policy.least, LimitedBy.SCHEDULED if scheduled else LimitedBy.MIN
    return (wanted, LimitedBy.NONE) if wanted <= highest else (highest, why)
