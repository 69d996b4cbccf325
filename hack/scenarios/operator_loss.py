"""The operator's leader is killed at points of an execution's journal, while Redis is lost.

Used by tests/e2e. The leader dies as soon as the entry is seen, which is at most a few of its writes later; that every
single write may be the last is tested on a cluster in memory.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hack.scenarios.cluster import SYSTEM, Cluster, Json
from hack.scenarios.redis_loss import Damage, redis_executions

OPERATOR = "app.kubernetes.io/name=photoplatform-operator"


@dataclass(frozen=True)
class Point:
    """An entry of a journal: a step's intent or undoing, or the transition into a phase."""

    kind: str
    name: str  # of the step, or of the phase

    def reached(self, journal: Sequence[Json]) -> bool:
        """Whether the journal has it."""
        return any(entry["kind"] == self.kind and self.name in (entry.get("step"), entry["phase"]) for entry in journal)


# every change of FeedCacheDown, in its order
REDIS_POINTS = (
    Point("Transition", "Triggered"),
    Point("Transition", "Diagnosing"),
    Point("Transition", "Planned"),
    Point("Transition", "Mitigating"),
    Point("Intent", "pull"),
    Point("Done", "pull"),
    Point("Intent", "smaller-pages"),
    Point("Transition", "Verifying"),
    Point("Transition", "Mitigated"),
    Point("Transition", "Recovering"),
    Point("Intent", "rebuild"),
    Point("Done", "rebuild"),
    Point("Undo", "smaller-pages"),
    Point("Undo", "pull"),
    Point("Undone", "pull"),
    Point("Transition", "VerifyingRecovery"),
    Point("Undo", "rebuild"),
    Point("Undone", "rebuild"),
)


@dataclass
class LeaderKiller:
    """Kills the leader once at each point of the next execution, in a thread of its own."""

    cluster: Cluster
    points: Sequence[Point]
    deadline: float = 150.0
    killed: list[str] = field(default_factory=list)

    def after(self, damage: Damage) -> Damage:
        """Return a damage that is followed by the killings."""
        return lambda cluster: self._strike(cluster, damage)

    def _strike(self, cluster: Cluster, damage: Damage) -> None:
        known = {found["metadata"]["name"] for found in redis_executions(cluster)}
        threading.Thread(target=self._watch, args=(known,), daemon=True).start()
        damage(cluster)

    def _watch(self, known: set[str]) -> None:
        end, left = time.monotonic() + self.deadline, list(self.points)
        watching = Cluster()
        try:
            while left and time.monotonic() < end:
                if left[0].reached(_journal(watching, known)):
                    left.pop(0)
                    self._kill(watching)
                time.sleep(0.05)
        finally:
            watching.close()

    def _kill(self, cluster: Cluster) -> None:
        holder = cluster.lease_holder()
        leader = [pod for pod in cluster.pods(SYSTEM, OPERATOR) if holder.startswith(pod.name)]
        cluster.kill(SYSTEM, leader)
        self.killed += [pod.name for pod in leader]


def _journal(cluster: Cluster, known: set[str]) -> list[Json]:
    new = [found for found in redis_executions(cluster) if found["metadata"]["name"] not in known]
    return [entry for found in new for entry in found.get("status", {}).get("journal", ())]
