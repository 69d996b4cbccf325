"""Every execution that a cluster has, decided again from the inputs in its journal. Used by tests/e2e and by drills."""

from hack.scenarios.cluster import Cluster
from photo_operator.runbooks.replay import Difference, replay


def replay_all(cluster: Cluster) -> dict[str, tuple[Difference, ...]]:
    """Return name -> where a recorded decision is not made again; an empty one where all are.

    What an operator of an older version wrote has no inputs, and is left out.
    """
    return {
        found["metadata"]["name"]: replay(found)
        for found in cluster.custom("runbookexecutions")
        if all("inputs" in entry for entry in found.get("status", {}).get("journal", ()))
    }
