import pytest
from msgspec.structs import replace

from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import CONFLICT, ClusterRefused
from photo_operator.crds.platform import Platform
from photo_operator.remediation.remediation import epoch_of, write_policy


@pytest.mark.parametrize(
    ("own", "stored", "told", "epoch"),
    [
        (7, 6, 6, 7),  # a new leader
        (1, 6, 6, 6),  # the Lease was deleted
        (1, None, 6, 6),  # with the ConfigMap
        (1, 6, None, 6),  # with the status
        (1, None, None, 1),  # the first of all
    ],
)
def test_an_epoch_never_falls_whatever_was_deleted(
    platform: Platform, own: int, stored: int | None, told: int | None, epoch: int
) -> None:
    seen = replace(platform, status={} if told is None else {"leaderEpoch": told})
    policy = None if stored is None else RuntimePolicy(FeedMode.PUSH, 0, stored)
    assert epoch_of(own, seen, policy) == epoch


async def test_a_policy_is_not_written_over_one_that_was_not_read(platform: Platform) -> None:
    cluster = FakeCluster()
    await write_policy(cluster, platform, RuntimePolicy(FeedMode.PUSH, 0, 1), "")
    read = next(iter(cluster.objects.values()))["metadata"]["resourceVersion"]
    await write_policy(cluster, platform, RuntimePolicy(FeedMode.PULL, 1, 2), read)
    with pytest.raises(ClusterRefused) as refused:
        await write_policy(cluster, platform, RuntimePolicy(FeedMode.PUSH, 0, 1), read)
    assert refused.value.reason == CONFLICT
    held = cluster.objects[Kind.CONFIG_MAP, "photos", "demo-runtime"]
    assert '"pull"' in next(iter(held["data"].values()))
