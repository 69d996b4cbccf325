"""Simulates one trace with one scaler and returns the score. Called by `runs` and by tests.

Time advances to the next event: a full second, a poll, a change of a pod, the end of a pause; all on tenths of a
second. Within a step only arrivals and consumption change. No clock is read, nothing sleeps, and randomness comes from
the seed.
"""

import math
import random

from bench.scaling.conditions import Conditions, build_conditions
from bench.scaling.consuming import NEARLY, Topic, commit, consume, finish, handled, kill, revoke
from bench.scaling.group import ConsumerGroup
from bench.scaling.load import Load, arrived_at, build_load
from bench.scaling.observing import Observer, read_offsets
from bench.scaling.pods import RANKINGS, SLOWEST, Deployment, Phase, Pod, in_phase
from bench.scaling.scaler import Scaler, ScalerInputs, Worked
from bench.scaling.score import Score
from bench.scaling.tally import Tally
from bench.scaling.world import TICKS_PER_SECOND, Trace, to_ticks

FAR = 1 << 60  # a tick after the end of every trace
JITTERS, JITTER_STRIDE = 997, 389  # drawn once, and used by each pod in another order; primes


def play(trace: Trace, scaler: Scaler, load: Load | None = None, patience: float = math.inf) -> Score:
    """Return the score of a scaler on a trace.

    Args:
        trace: the scenario.
        scaler: the scaler under test.
        load: the load of the trace, if it is already built.
        patience: seconds of lateness after which the simulation stops.
    """
    return Simulation(trace, scaler, load or build_load(trace)).run(patience)


class Simulation:
    """One run of one scaler on one trace."""

    def __init__(self, trace: Trace, scaler: Scaler, load: Load) -> None:
        self._trace = trace
        self._scaler = scaler
        self._load = load
        self._chance = random.Random(f"pods {trace.seed}")
        self._conditions: Conditions = build_conditions(trace)
        self._end = trace.seconds * TICKS_PER_SECOND
        self._now = 0
        self._next_poll = 0
        self._next_change = 0
        self._closed = 0
        self._jitters = [max(SLOWEST, self._chance.gauss(1.0, trace.service.jitter)) for _ in range(JITTERS)]
        self._busy_seconds = self._worker_seconds = 0.0
        self._stuck = self._conditions.stuck[0]
        self._latency = trace.downstream.latency_seconds
        self.topic = Topic(load, trace.service.batch_messages)
        self.deployment = Deployment(trace, RANKINGS[scaler.uses_deletion_cost], self._chance)
        self.group = ConsumerGroup(trace.group, trace.partitions, [pod.number for pod in self.deployment.pods])
        self.tally = Tally(trace, load)
        self._observer = Observer()

    def run(self, patience: float = math.inf) -> Score:
        """Run to the end, or until messages were late for more than `patience` seconds."""
        self._open()
        while True:
            if self._now >= self._next_poll:
                self._poll()
            if self._now >= self._end or self.tally.late_seconds > patience:
                return self.tally.score(self.topic, self.group.rebalances)
            self._step()
            if self._now >= self._next_change or self._stuck != self._conditions.stuck[self._second]:
                self._change()

    @property
    def _second(self) -> int:
        return self._now // TICKS_PER_SECOND

    def _step(self) -> None:
        """Advance to the next event other than arrivals and consumption."""
        whole = (self._second + 1) * TICKS_PER_SECOND
        then = min(whole, self._next_poll, max(self._now + 1, self._next_change), self._end)
        seconds = (then - self._now) / TICKS_PER_SECOND
        self.topic.arrived = arrived_at(self._load.work, then)
        pace = self._conditions.pace[self._second] * self._throttle(seconds)
        for pod in list(self.deployment.pods):
            budget = pod.speed * pace * seconds * self._jitters[(pod.number * JITTER_STRIDE + then) % JITTERS]
            if pod.phase is Phase.READY:
                self._work(pod, budget, seconds)
            elif pod.phase is Phase.ENDING and finish(pod, self.topic, budget):
                self._gone(pod)
        self.tally.pods(len(self.deployment.pods), self._closed, seconds)
        self._now = then
        self.tally.step(self.topic, then, seconds, self._stuck)

    def _work(self, pod: Pod, budget: float, seconds: float) -> None:
        did = consume(pod, self.topic, budget)
        self._worker_seconds += seconds
        if budget > 0:
            self._busy_seconds += seconds * did / budget

    def _throttle(self, seconds: float) -> float:
        """Return the relative speed that the downstream allows, and record the latency of a write."""
        downstream = self._trace.downstream
        if math.isinf(downstream.limit):
            return 1.0
        able = self._conditions.pace[self._second] * seconds
        demand = sum(min(pod.speed * able, self.topic.waiting(pod)) for pod in self.deployment.pods)
        excess = demand / seconds / downstream.limit
        share = 1.0 if excess <= 1 else 1 / (excess * (1 + downstream.contention * (excess - 1)))
        self._latency = downstream.latency_seconds / share
        return share

    def _change(self) -> None:
        """Apply due changes: pods become ready or exceed their grace period, the group rebalances, pauses end."""
        for pod in [pod for pod in self.deployment.pods if pod.phase is not Phase.READY and pod.until <= self._now]:
            if pod.phase is Phase.STARTING:
                pod.phase = Phase.READY
                self.group.change()
            else:
                self._kill(pod)
        due = self.group.due()
        if due is not None and due <= self._now:
            self._rebalance()
        self._open()

    def _kill(self, pod: Pod) -> None:
        self.tally.killed += 1
        kill(pod, self.topic)
        self._gone(pod)

    def _gone(self, pod: Pod) -> None:
        """Remove a pod from the group and the Deployment."""
        self.deployment.remove(pod)
        self.group.release(pod.number)
        self.group.change()
        self._next_change = self._now

    def _rebalance(self) -> None:
        ready = in_phase(self.deployment.pods, Phase.READY)
        ending = in_phase(self.deployment.pods, Phase.ENDING)
        stopped = self.group.rebalance(
            self._now, [pod.number for pod in ready], {pod.number for pod in ending}, self._chance
        )
        for pod in ready:
            revoke(pod, self.topic, [partition for partition in pod.open if partition in stopped])

    def _open(self) -> None:
        """Update the partitions that each pod may consume, and the tick of the next change."""
        self._stuck = self._conditions.stuck[self._second]
        paused = self.group.paused_until
        serving: dict[int, list[int]] = {pod.number: [] for pod in self.deployment.pods}
        for partition, owner in enumerate(self.group.owners):
            if owner is not None and paused[partition] <= self._now:
                serving[owner].append(partition)
        self._closed = self._trace.partitions
        for pod in self.deployment.pods:
            if pod.phase is Phase.READY:
                self._closed -= len(serving[pod.number])
            self._reopen(pod, [partition for partition in serving[pod.number] if partition not in self._stuck])
        self._next_change = self._upcoming()

    def _reopen(self, pod: Pod, partitions: list[int]) -> None:
        revoke(pod, self.topic, [partition for partition in pod.open if partition not in partitions])
        pod.open = partitions
        if pod.phase is Phase.READY and not partitions:
            commit(pod, self.topic)

    def _upcoming(self) -> int:
        """Return the next tick at which pods or the group change."""
        due = self.group.due()
        pods = (pod.until for pod in self.deployment.pods if pod.phase is not Phase.READY)
        pauses = (tick for tick in self.group.paused_until if tick > self._now)
        return min((*pods, *pauses, FAR if due is None else due))

    def _poll(self) -> None:
        decision = self._scaler.poll(self._seen())
        self._next_poll = self._now + max(1, to_ticks(decision.next_check_seconds))
        bounds = self._trace.bounds
        wanted = min(max(decision.replicas, bounds.min), bounds.max)
        if wanted != self.deployment.wanted:
            self._scale(wanted)

    def _scale(self, wanted: int) -> None:
        self.tally.peak = max(self.tally.peak, wanted)
        for pod in self.deployment.scale(wanted, self._now):
            was_ready = pod.phase is Phase.READY
            self.deployment.end(pod, self._now)
            if was_ready and pod.progress <= NEARLY:
                commit(pod, self.topic)
                self._gone(pod)
        self._change()

    def _seen(self) -> ScalerInputs:
        now = self._now / TICKS_PER_SECOND
        truth = read_offsets(self._load, self.topic.arrived, self.topic.committed, now)
        reading = self._observer.read(truth, self._conditions.offsets.get(self._second), now)
        ready = in_phase(self.deployment.pods, Phase.READY)
        return ScalerInputs(
            now=now,
            offsets=reading.offsets,
            age_seconds=reading.age_seconds,
            replicas=self.deployment.wanted,
            ready=len(ready),
            in_flight=tuple(pod.progress for pod in ready),
            worked=Worked(handled(self._load, self.topic), self._busy_seconds, self._worker_seconds),
            downstream_latency_seconds=self._latency,
        )
