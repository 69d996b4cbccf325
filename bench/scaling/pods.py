"""The pods of one Deployment: created, ready after a while, ended in the order of a ReplicaSet. Used by `simulation`.

Of partitions it only stores the list of each pod, and it decides no numbers.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bench.scaling.world import Trace, to_ticks

SLOWEST = 0.1  # relative to the nominal rate; random variation makes no pod slower


class Phase(StrEnum):
    """State of a pod."""

    STARTING = "starting"
    READY = "ready"
    ENDING = "ending"  # terminating: it finishes its batch within its grace period


@dataclass(slots=True)
class Pod:
    """One worker: `speed` in units per second, `until` the tick of its readiness or of the end of its grace period.

    `progress` of the units of its `batch` are done and not committed. `open` are the partitions that it may consume.
    """

    number: int
    speed: float
    until: int
    phase: Phase = Phase.STARTING
    open: list[int] = field(default_factory=list)
    progress: float = 0.0
    batch: float = 0.0


def newest_first(pod: Pod) -> tuple[object, ...]:
    """Rank pods for deletion: unready ones first, then those that became ready last."""
    return (pod.phase is Phase.READY, -pod.until, -pod.number)


def idle_first(pod: Pod) -> tuple[object, ...]:
    """Rank pods for deletion: unready ones first, then by deletion cost, which is the work in progress."""
    return (pod.phase is Phase.READY, pod.progress, -pod.until, -pod.number)


# By whether pods carry controller.kubernetes.io/pod-deletion-cost: kubernetes/kubernetes,
# pkg/controller/controller_utils.go, ActivePodsWithRanks.Less (rules 3, 4 and 6).
RANKINGS: Mapping[bool, Callable[[Pod], tuple[object, ...]]] = {False: newest_first, True: idle_first}


class Deployment:
    """Pods in order of creation; `wanted` is spec.replicas."""

    def __init__(self, trace: Trace, ranking: Callable[[Pod], tuple[object, ...]], chance: random.Random) -> None:
        self._trace = trace
        self._ranking = ranking
        self._chance = chance
        self._made = 0
        self.pods: list[Pod] = []
        self.wanted = trace.replicas
        for _ in range(trace.replicas):
            self.pods.append(self._make(0))
            self.pods[-1].phase = Phase.READY

    def scale(self, wanted: int, now: int) -> list[Pod]:
        """Create pods, or return those that have to end, in order of termination."""
        self.wanted = wanted
        kept = [pod for pod in self.pods if pod.phase is not Phase.ENDING]
        settings = self._trace.pods
        for _ in range(wanted - len(kept)):
            delay = self._chance.uniform(-settings.start_noise, settings.start_noise) + settings.start_seconds
            self.pods.append(self._make(now + max(1, to_ticks(delay))))
        return sorted(kept, key=self._ranking)[: max(0, len(kept) - wanted)]

    def end(self, pod: Pod, now: int) -> None:
        """Terminate a pod after its current batch; an unready pod is removed at once."""
        if pod.phase is Phase.STARTING:
            self.remove(pod)
        else:
            pod.phase = Phase.ENDING
            pod.until = now + to_ticks(self._trace.pods.grace_seconds)

    def remove(self, pod: Pod) -> None:
        """Remove a pod."""
        self.pods.remove(pod)

    def _make(self, ready_at: int) -> Pod:
        self._made += 1
        service = self._trace.service
        speed = service.rate * max(SLOWEST, self._chance.gauss(1.0, service.spread))
        return Pod(self._made, speed, ready_at)


def in_phase(pods: Sequence[Pod], phase: Phase) -> list[Pod]:
    """Return the pods in a phase, oldest first."""
    return [pod for pod in pods if pod.phase is phase]
