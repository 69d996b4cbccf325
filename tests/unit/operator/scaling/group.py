"""A consumer group at one moment, and passes over it, played: what is decided changes what is seen next."""

import math
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from photo_operator.engines.lag import Lag, Offsets, Sample
from photo_operator.scaling.decide import decide
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.memory import remember
from photo_operator.scaling.model import Decision, Flow, LimitedBy, Memory, Observation, Policy, Service, Work
from tests.support.lags import flows_of

TICK, COUNT_SECONDS, REPORT_SECONDS, MAX_AGE_SECONDS = 0.5, 2.5, 5.0, 15.0
PARTITIONS = 16
NOW = 1000.0
IDLE = flows_of(0)
SEEN = Observation(NOW, 1, 1, IDLE, Service(10.0, busy=1.0, handled=600.0))


def seen_of(replicas: int = 1, flows: tuple[Flow, ...] | None = IDLE, **changed: object) -> Observation:
    """Return busy workers, all of them ready, of whom each does ten messages a second."""
    return replace(SEEN, **({"replicas": replicas, "ready": replicas, "flows": flows} | changed))


def follow(seen: Observation, policy: Policy, memory: Memory) -> tuple[Decision, Memory]:
    """Decide and carry it out at once."""
    decision = decide(seen, policy, memory)
    return decision, remember(memory, seen, decision, moved=decision.replicas != seen.replicas)


class Load(Struct, frozen=True):
    """Rates are in messages a second; `pause_seconds` is for how long nobody works when the number changes."""

    arrival: float
    per_worker: float
    lag: int = 0
    start_seconds: float = 5.0
    pause_seconds: float = 1.0
    partitions: int = PARTITIONS
    crowd: float = math.inf  # of so many workers on, each does less by the square of their number


class Play:
    """Partitions with equal shares, dealt out in ranges: the first workers have one more where they do not divide."""

    def __init__(self, policy: Policy, replicas: int, load: Load) -> None:
        self.numbers = [(0.0, replicas)]
        self.limits: set[LimitedBy] = set()
        self._policy, self._load = policy, load
        self._now, self._ready, self._due, self._paused_until = 0.0, replicas, 0.0, 0.0
        # partitions tick one after the other, so that their sum grows evenly
        self._done = [index / load.partitions for index in range(load.partitions)]
        self._come = [done + load.lag / load.partitions for done in self._done]
        self._history = ScalingHistory()
        self._worked = Work(0.0, 0.0, 0.0)
        self._next_count, self._next_report, self._next_pass = 0.0, 0.0, 0.0

    @property
    def replicas(self) -> int:
        return self.numbers[-1][1]

    @property
    def highest(self) -> int:
        return max(number for _, number in self.numbers)

    @property
    def oscillates(self) -> bool:
        return rises_after_a_fall([number for _, number in self.numbers])

    @property
    def lag(self) -> float:
        return sum(self._come) - sum(self._done)

    def run(self, seconds: float) -> None:
        until = self._now + seconds
        while self._now < until:
            self._now += TICK
            self._work()
            if self._now >= self._next_count:
                self._count()
            if self._now >= self._next_report:
                self._report()
            if self._now >= self._next_pass:
                self._pass()

    def _work(self) -> None:
        load = self._load
        if self._ready != self.replicas and (self.replicas < self._ready or self._now >= self._due):
            self._ready, self._paused_until = self.replicas, self._now + load.pause_seconds
        self._come = [come + load.arrival / load.partitions * TICK for come in self._come]
        rate = load.per_worker * min(1.0, load.crowd / self._ready) ** 2
        handled = 0.0
        if self._now >= self._paused_until:
            handled = sum(self._handle(mine, rate * TICK) for mine in dealt_out(load.partitions, self._ready))
        self._worked = self._worked.plus(Work(handled, handled / rate, self._ready * TICK))

    def _handle(self, mine: range, most: float) -> float:
        """Let a worker take the same part of all that waits in its partitions; return how much."""
        waiting = sum(self._come[index] - self._done[index] for index in mine)
        part = min(1.0, most / waiting) if waiting > 0 else 0.0
        for index in mine:
            self._done[index] += part * (self._come[index] - self._done[index])
        return part * waiting

    def _count(self) -> None:
        self._next_count = self._now + COUNT_SECONDS
        pairs = enumerate(zip(self._come, self._done, strict=True))
        lag = Lag(tuple(Offsets(index, int(come + 1e-6), int(done + 1e-6)) for index, (come, done) in pairs))
        self._history.add(Sample(self._now, lag), self._ready)
        if lag.messages:
            self._next_pass = self._now

    def _report(self) -> None:
        self._next_report = self._now + REPORT_SECONDS
        self._history.report([self._worked], self._now)
        self._worked = Work(0.0, 0.0, 0.0)

    def _pass(self) -> None:
        history = self._history
        flows = history.flows(self._now, MAX_AGE_SECONDS)
        seen = Observation(self._now, self.replicas, self._ready, flows, history.service)
        decision = decide(seen, self._policy, history.memory)
        moved = decision.replicas != self.replicas
        history.decided(seen, decision, moved=moved)
        self.limits.add(decision.limited_by)
        self._next_pass = self._now + decision.next_check
        if moved:
            self._due = self._now + self._load.start_seconds
            self.numbers.append((self._now, decision.replicas))


def dealt_out(partitions: int, workers: int) -> list[range]:
    """Return the partitions of each worker."""
    size, rest = divmod(partitions, workers)
    starts = [index * size + min(index, rest) for index in range(workers + 1)]
    return [range(*pair) for pair in pairwise(starts)]


def rises_after_a_fall(numbers: list[int]) -> bool:
    """Whether a number that fell rose again."""
    changes = [after - before for before, after in pairwise(numbers) if after != before]
    falls = [place for place, change in enumerate(changes) if change < 0]
    return bool(falls) and max(changes[falls[0] :]) > 0
