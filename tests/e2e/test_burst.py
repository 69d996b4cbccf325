"""A burst makes the operator add fan-out workers, and their idleness takes them away."""

from hack.scenarios.api import PhotoApi
from hack.scenarios.burst import run_burst
from hack.scenarios.cluster import Cluster
from hack.scenarios.people import seed_followers
from hack.scenarios.redis_loss import Stage
from tests.support.photographs import photograph

FOLLOWERS = 300
DRAIN_TARGET = 10  # seconds, of the sample


async def test_fanout_workers_follow_the_lag(api: PhotoApi, cluster: Cluster, stage: Stage) -> None:
    authors = []
    for number in range(4):
        author = await api.register("burst")
        seed_followers(cluster, author, FOLLOWERS)
        authors.append((author, await api.ready_media(author, photograph(seed=number + 1))))
    viewer = stage.viewers[0]
    for author, _ in authors:
        await api.follow(viewer, author)
    seen = await run_burst(api, cluster, authors, tell=print)
    late = [sample.at for sample in seen.samples if sample.drain_seconds > DRAIN_TARGET]
    if late:
        assert seen.scaled_up_after <= late[0] + 15, "a lag that one worker cannot drain in time brings another"
    assert seen.samples[-1].replicas == seen.samples[0].replicas
    assert len(set(await api.whole_feed(viewer))) == seen.posts
    assert cluster.fanout_status()["explanation"]
