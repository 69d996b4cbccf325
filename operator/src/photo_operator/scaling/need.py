"""How many workers the lag asks for, before it is judged whether to move. Pure; called by `decide`.

A partition is read by one worker at a time, so that no partition asks for more than one worker:

    wanted = ceil( sum over partitions of min(1, (arrival + lag / drainTargetSeconds) / what one worker does) )

and at least as many as carry the arrivals alone with a fifth of their time to spare.
"""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise

from msgspec import Struct
from msgspec.structs import replace

from photo_operator.scaling.model import Ceiling, Flow, LimitedBy, Memory, Observation, Policy
from photo_operator.scaling.service import SLOWEST_WORKER

CARRYING = 0.8  # arrivals alone shall keep workers no busier than that
# a partition that was not taken further for so long waits for no worker; more where messages take long
STUCK_SECONDS, LONGEST_PATIENCE, TURNS = 30.0, 110.0, 5.0
# how much of what it can do a worker may have because partitions cannot be dealt out evenly: of a backlog, which is
# gone somewhat later then, and of what comes all the time
FULLEST, FULLEST_AT_REST = 1.4, 1.15
ROUNDING = 0.05  # so much of a worker is no worker
NOTABLE = 0.2  # a smaller difference in work is not told
HEAVIEST = 10.0  # what waits is never taken for more than so many times the work of what was done
ABSURD = 1e12  # messages, or messages a second: no group has so many


class Need(Struct, frozen=True):
    """What the lag asks for; `per_worker` is None while it is not known."""

    wanted: int
    target: int
    limited_by: LimitedBy
    sentence: str
    per_worker: float | None
    flows: tuple[Flow, ...] = ()  # in the order of the partitions, as far as workers can help them

    @property
    def lag(self) -> int:
        """Messages that wait and that workers can be added for."""
        return sum(flow.lag for flow in self.flows)

    @property
    def arrival(self) -> float:
        """Messages that come a second, likewise."""
        return sum(flow.arrival for flow in self.flows)

    @property
    def oldest(self) -> float:
        """Seconds for which the oldest of them has waited."""
        return max((flow.oldest for flow in self.flows), default=0.0)

    def drain_with(self, workers: int) -> float | None:
        """Return the seconds until the last of so many workers has no lag left; None where one never has."""
        each = self.per_worker or 0.0
        times = []
        for lag, arrival in zip(
            ranges([float(flow.lag) for flow in self.flows], workers),
            ranges([flow.arrival for flow in self.flows], workers),
            strict=True,
        ):
            if lag and arrival >= each:
                return None
            times.append(lag / (each - arrival) if lag else 0.0)
        return max(times, default=0.0)

    def fills(self, workers: int, part: float) -> bool:
        """Whether arrivals alone keep so many workers busy for that part of their time."""
        return self.arrival >= part * (self.per_worker or 0.0) * workers


def ranges(values: Sequence[float], workers: int) -> list[float]:
    """Return what each worker has, as the range assignor deals partitions out: one after the other, the first get more.

    The consumers of this platform use it (`photo_core.streams.consumer`).
    """
    size, rest = divmod(len(values), max(1, workers))
    starts = [index * size + min(index, rest) for index in range(max(1, workers) + 1)]
    sums = list(accumulate(values, initial=0.0))
    return [sums[end] - sums[start] for start, end in pairwise(starts)]


def fewest(shares: Sequence[float], fullest: float, hot: float = 1.0) -> int:
    """Return the fewest workers of which none has more to do than `fullest`, in workers.

    Partitions that ask for `hot` or more are what no worker can carry alone: they have one, and that they share it with
    others is no reason for as many workers as there are partitions.
    """
    shared = [share if share < hot else 0.0 for share in shares]
    least = max(1, math.ceil(sum(min(1.0, share) for share in shares) - ROUNDING))
    fitting = (number for number in range(least, len(shares)) if max(ranges(shared, number)) <= fullest)
    return next(fitting, max(least, len(shares)))


def rounded(value: float) -> float:
    """Return a number in steps of two digits, so that jitter writes no status."""
    if value < 10:
        return round(value, 1)
    step = 10 ** (len(str(int(value))) - 2)
    return float(round(value / step) * step)


def drain_seconds(lag: int, capacity: float | None) -> int | None:
    """Return the seconds until a lag is gone at this rate, or None where nothing moves."""
    if lag == 0:
        return 0
    return math.ceil(lag / capacity) if capacity is not None and capacity >= 0.001 else None


def build_need(seen: Observation, policy: Policy, memory: Memory, ceiling: Ceiling | None) -> Need:
    """Return what the flows of a group ask for."""
    flows = seen.flows or ()
    patience = _patience(seen)
    stuck = [flow for flow in flows if flow.lag and flow.still >= patience]
    moving = [flow for flow in flows if not flow.lag or flow.still < patience]
    each = seen.service.per_worker / seen.heavier if seen.service is not None and seen.heavier > 0 else math.nan
    if not SLOWEST_WORKER / HEAVIEST <= each < ABSURD and not any(flow.lag or flow.arrival for flow in moving):
        each = 1.0  # nothing to do is done by any worker
    if not SLOWEST_WORKER / HEAVIEST <= each < ABSURD:
        return Need(seen.replicas, seen.replicas, LimitedBy.MEASURING, "", None)
    calculation = _Calculation(seen, policy, memory, each, tuple(moving), tuple(stuck))
    wanted, sentence, limit = _wanted(calculation)
    target, bound = _bounded(wanted, policy, ceiling)
    if bound is LimitedBy.DOWNSTREAM_SATURATED and ceiling is not None:
        sentence = f"{sentence}, but {ceiling.why}"
    usable = tuple(calculation.usable(flow) for flow in flows)
    return Need(wanted, target, limit if bound is LimitedBy.NONE else bound, sentence, each, usable)


def _patience(seen: Observation) -> float:
    """Return for how long a partition may lag without a commit: its worker has others, which may take long."""
    service = seen.service
    if service is None or service.per_worker < SLOWEST_WORKER:
        return STUCK_SECONDS
    turn = seen.lag / max(1, seen.ready) + TURNS
    return min(max(STUCK_SECONDS, turn / service.per_worker), LONGEST_PATIENCE)


class _Calculation(Struct, frozen=True):
    seen: Observation
    policy: Policy
    memory: Memory
    per_worker: float
    moving: tuple[Flow, ...]
    stuck: tuple[Flow, ...]

    @property
    def arriving(self) -> str:
        """What comes, in words."""
        return f"{rounded(sum(flow.arrival for flow in self.moving)):g}/s"

    @property
    def one(self) -> str:
        """What one worker does, in words."""
        heavier = self.seen.heavier
        apart = (
            f", what waits being {heavier:.1f} times the work of what was done" if abs(heavier - 1) > NOTABLE else ""
        )
        return f"{rounded(self.per_worker):g}/s a worker{apart}"

    @property
    def busy_at_most(self) -> float:
        """For which part of their time arrivals alone may keep workers busy.

        Less where a message takes a good part of the drain target: those behind it wait for p / (1 - p) messages on
        average (a queue with one server), which shall be at most a third of the target.
        """
        return min(CARRYING, 1 / (1 + 3 / (self.per_worker * self.policy.drain_target)))

    def growing(self, flow: Flow) -> float:
        """Return what will have come to a partition, beyond what is done, until new workers are there."""
        return max(0.0, flow.arrival - flow.service) * self.memory.start_seconds if flow.lag else 0.0

    def share(self, flow: Flow) -> float:
        """Return how many workers' time a partition asks for."""
        waiting = flow.lag + self.growing(flow)
        return (flow.arrival + waiting / self.policy.drain_target) / self.per_worker

    def sentence(self, asked: float) -> str:
        """Return the calculation, to be checked by hand."""
        lag = f"{rounded(sum(flow.lag for flow in self.moving)):g}"
        growing = rounded(sum(self.growing(flow) for flow in self.moving))
        waiting = f"({lag} + {growing:g} by then)" if growing >= 1 else lag
        return f"({self.arriving} + {waiting} / {self.policy.drain_target} s) / {self.one} = {asked:.1f}"

    def usable(self, flow: Flow) -> Flow:
        """Return a partition as far as workers can help it: nothing of a stuck one, one worker's work of a hot one."""
        if flow in self.stuck:
            return Flow(flow.number, 0)
        share = max(1.0, self.share(flow))
        return replace(flow, lag=int(flow.lag / share), arrival=flow.arrival / share)


def is_sane(flow: Flow) -> bool:
    """Whether a partition can be so: no number is negative, beyond what any group has, or none at all."""
    return all(0 <= number < ABSURD for number in (flow.lag, flow.arrival, flow.service, flow.oldest, flow.still))


def _wanted(found: _Calculation) -> tuple[int, str, LimitedBy]:
    """Return how many workers are asked for, the calculation as a sentence, and what it is limited by."""
    shares = {flow.number: found.share(flow) for flow in found.moving}
    carrying = [flow.arrival / found.per_worker / found.busy_at_most for flow in found.moving]
    if not any(shares.values()):
        return 1, _with_stuck("no lag, nothing arrives", found), _limit(found, LimitedBy.NONE)
    asked, wanted = (
        list(shares.values()),
        max(fewest(list(shares.values()), FULLEST), fewest(carrying, FULLEST_AT_REST, 1 / found.busy_at_most)),
    )
    sentence, limit = found.sentence(sum(asked)), LimitedBy.NONE
    if sum(min(1.0, share) for share in carrying) > sum(min(1.0, share) for share in asked):
        sentence = f"{found.arriving} / {found.one} at {found.busy_at_most:.0%} = {sum(carrying):.1f}"
    hot = max(shares, key=lambda number: shares[number])
    if min(asked) >= 1:
        limit = LimitedBy.PARTITIONS
    elif shares[hot] > 1:
        usable, limit = sum(min(1.0, share) for share in asked), LimitedBy.HOT_PARTITION
        about = f" (most of it {found.seen.hot_key})" if found.seen.hot_key else ""
        sentence = f"{sentence}; partition {hot}{about} asks for {shares[hot]:.1f} and can have one: {usable:.1f}"
    return wanted, _with_stuck(sentence, found), _limit(found, limit)


def _with_stuck(sentence: str, found: _Calculation) -> str:
    if not found.stuck:
        return sentence
    first = max(found.stuck, key=lambda flow: flow.still)
    return f"{sentence}; partition {first.number} has not moved for {first.still:.0f} s with lag {first.lag}: left out"


def _limit(found: _Calculation, limit: LimitedBy) -> LimitedBy:
    return LimitedBy.STUCK_PARTITION if found.stuck and limit is LimitedBy.NONE else limit


def _bounded(wanted: int, policy: Policy, ceiling: Ceiling | None) -> tuple[int, LimitedBy]:
    """Return the number inside of every bound, and which one it meets."""
    limits = [(policy.max, LimitedBy.MAX)]
    limits += [(ceiling.replicas, LimitedBy.DOWNSTREAM_SATURATED)] if ceiling is not None else []
    highest, why = min(limits, key=lambda found: found[0])
    highest = max(highest, policy.least)
    if wanted < policy.least:
        scheduled = policy.scheduled is not None and policy.least > policy.min
        return policy.least, LimitedBy.SCHEDULED if scheduled else LimitedBy.MIN
    return (wanted, LimitedBy.NONE) if wanted <= highest else (highest, why)
