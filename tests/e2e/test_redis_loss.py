"""Redis is lost, with and without its data: no feed read fails and no post is missing."""

import pytest

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster
from hack.scenarios.redis_loss import Damage, Participants, kill_redis, lose_redis, wipe_redis


@pytest.mark.parametrize("damage", [kill_redis, wipe_redis])
async def test_feeds_go_on_by_pull_and_come_back_to_push(
    api: PhotoApi, cluster: Cluster, people: Participants, damage: Damage
) -> None:
    seen = await lose_redis(api, cluster, people, damage)
    assert seen.failures == []
    assert seen.missing_posts == []
    assert seen.pull_after <= 10
    assert seen.execution_after <= 10
    assert seen.push_after_return <= 150
    assert seen.execution["status"]["phase"] == "Succeeded"
    assert cluster.status()["feedMode"] == "Push"
