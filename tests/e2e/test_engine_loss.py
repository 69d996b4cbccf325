"""Each engine is killed while a user posts: what was acknowledged is in the followers' feeds in the end."""

import pytest

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster, wait_for
from hack.scenarios.engine_loss import lose_engine
from hack.scenarios.redis_loss import Participants
from tests.support.photographs import photograph


@pytest.mark.parametrize("engine", ["kafka", "cassandra", "postgres", "s3"])
async def test_no_acknowledged_post_is_lost(api: PhotoApi, cluster: Cluster, people: Participants, engine: str) -> None:
    seen = await lose_engine(api, cluster, people, engine)
    assert len(seen.posting.acknowledged) >= 5
    assert seen.lost == []
    wait_for("what was delivered to be committed", lambda: cluster.fanout_status().get("lag") == 0, 60)


async def test_uploads_work_again_after_the_store_was_killed(
    api: PhotoApi, cluster: Cluster, people: Participants
) -> None:
    await lose_engine(api, cluster, people, "s3")
    await api.ready_media(people.author, photograph(seed=3))
