"""The operator's leader dies in the middle of a runbook: another ends it, and people notice nothing."""

import pytest

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster
from hack.scenarios.operator_loss import REDIS_POINTS, JournalPoint, LeaderKiller
from hack.scenarios.redis_loss import Participants, kill_redis, lose_redis
from photo_operator.runbooks.replay import replay

SAMPLED = (JournalPoint("Intent", "pull"), JournalPoint("Intent", "rebuild"))


async def test_a_leader_that_dies_at_two_points_of_the_journal_changes_nothing_in_the_end(
    api: PhotoApi, cluster: Cluster, people: Participants
) -> None:
    await die_at(api, cluster, people, SAMPLED)


@pytest.mark.drill
@pytest.mark.parametrize("point", REDIS_POINTS, ids=lambda point: f"{point.kind}-{point.name}")
async def test_a_leader_that_dies_at_any_point_of_the_journal_changes_nothing_in_the_end(
    api: PhotoApi, cluster: Cluster, people: Participants, point: JournalPoint
) -> None:
    await die_at(api, cluster, people, (point,))


async def die_at(api: PhotoApi, cluster: Cluster, people: Participants, points: tuple[JournalPoint, ...]) -> None:
    killer = LeaderKiller(cluster, points)
    seen = await lose_redis(api, cluster, people, killer.after(kill_redis))
    assert len(killer.killed) == len(points)
    assert seen.failures == []
    assert seen.missing_posts == []
    assert seen.pull_after <= 10
    assert seen.push_after_return <= 150
    assert seen.execution["status"]["phase"] == "Succeeded"
    assert replay(seen.execution) == ()
    assert cluster.status()["feedMode"] == "Push"
    assert f"{cluster.platform}-feedcache" not in cluster.target_leases()
