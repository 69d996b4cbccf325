"""Kills the operator's leader at given entries of an execution's journal, while Redis is lost.

Used by tests/e2e. The leader is killed as soon as the entry is seen, which is at most a few writes later. Unit tests
with a cluster in memory stop the operator at every single write.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hack.scenarios.cluster import SYSTEM, Cluster, Json
from hack.scenarios.redis_loss import Damage, redis_executions

OPERATOR = "app.kubernetes.io/name=photoplatform-operator"


@dataclass(frozen=True)
class JournalPoint:
    """An entry of a journal: an intent or undo of a step, or a transition to a phase."""

    kind: str
    name: str  # of the step, or of the phase

    def reached(self, journal: Sequence[Json]) -> bool:
        """Return whether the journal has this entry."""
        return any(entry["kind"] == self.kind and self.name in (entry.get("step"), entry["phase"]) for entry in journal)


# All entries of FeedCacheDown, in order.
REDIS_POINTS = (
    JournalPoint("Transition", "Triggered"),
    JournalPoint("Transition", "Diagnosing"),
    JournalPoint("Transition", "Planned"),
    JournalPoint("Transition", "Mitigating"),
    JournalPoint("Intent", "pull"),
    JournalPoint("Done", "pull"),
    JournalPoint("Intent", "smaller-pages"),
    JournalPoint("Transition", "Verifying"),
    JournalPoint("Transition", "Mitigated"),
    JournalPoint("Transition", "Recovering"),
    JournalPoint("Intent", "rebuild"),
    JournalPoint("Done", "rebuild"),
    JournalPoint("Undo", "smaller-pages"),
    JournalPoint("Undo", "pull"),
    JournalPoint("Undone", "pull"),
    JournalPoint("Transition", "VerifyingRecovery"),
    JournalPoint("Undo", "rebuild"),
    JournalPoint("Undone", "rebuild"),
)


@dataclass
class LeaderKiller:
    """Kills the leader once at each point of the next execution, in a thread."""

    cluster: Cluster
    points: Sequence[JournalPoint]
    deadline: float = 150.0
    killed: list[str] = field(default_factory=list)

    def after(self, damage: Damage) -> Damage:
        """Return a damage after which the leader is killed at each point."""
        return lambda cluster: self._damage_and_watch(cluster, damage)

    def _damage_and_watch(self, cluster: Cluster, damage: Damage) -> None:
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
