"""What was decided in this run is decided again from what was written down. Runs after all others; see conftest."""

from hack.scenarios.cluster import Cluster
from hack.scenarios.replaying import replay_all


def test_every_execution_of_the_run_replays_to_the_same_decisions(cluster: Cluster) -> None:
    replayed = replay_all(cluster)
    assert replayed, "the run has lost Redis at least once"
    assert {name: differences for name, differences in replayed.items() if differences} == {}
