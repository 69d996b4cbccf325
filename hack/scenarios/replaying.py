"""Repeats the decisions of all executions in a cluster from the inputs in their journals. Used by tests/e2e."""

from hack.scenarios.cluster import Cluster
from photo_operator.runbooks.replay import ReplayDifference, replay


def replay_all(cluster: Cluster) -> dict[str, tuple[ReplayDifference, ...]]:
    """Return execution -> decisions that came out differently, which should be none.

    Executions of older versions of the operator have no inputs and are left out.
    """
    return {
        found["metadata"]["name"]: replay(found)
        for found in cluster.custom("runbookexecutions")
        if all("inputs" in entry for entry in found.get("status", {}).get("journal", ()))
    }
