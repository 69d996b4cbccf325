"""Whatever breaks under a feed: nothing acknowledged is lost or repeated, and nothing is shown that must not be."""

import random
from collections.abc import Iterator

import pytest

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster, wait_for
from hack.scenarios.feed_faults import FAULTS, FaultContext, run_faults
from hack.scenarios.feed_load import register_load_users
from hack.scenarios.process_signals import process_signals
from tests.support.photographs import photograph

SAMPLED = ("every worker is killed", "Redis is resharded", "a Redis master fails over")
# walks that may be refused: where Redis fails over, a small machine's Cassandra may not answer in time either
MOST_REFUSED = 0.02
# with the API's pods their connections die, and its readers try again
BREAKS_CONNECTIONS = {"the API is killed"}


@pytest.fixture
def context(cluster: Cluster) -> Iterator[FaultContext]:
    wait_for("the platform to be healthy", cluster.is_healthy, 180)
    with process_signals(cluster) as signals:
        yield FaultContext(cluster, signals, random.Random(4))


async def test_feeds_obey_during_faults_and_are_exact_after_them(api: PhotoApi, context: FaultContext) -> None:
    await inject_under_load(api, context, SAMPLED)


@pytest.mark.drill
@pytest.mark.parametrize("fault", FAULTS)
async def test_feeds_obey_during_each_fault_and_are_exact_after_it(
    api: PhotoApi, context: FaultContext, fault: str
) -> None:
    await inject_under_load(api, context, (fault,))


async def inject_under_load(api: PhotoApi, context: FaultContext, names: tuple[str, ...]) -> None:
    users = await register_load_users(api, context.cluster, photograph())
    seen = await run_faults(api, context, users, [FAULTS[name] for name in names])
    assert seen.violations == []
    assert seen.differences == []
    assert len(seen.refused_reads) <= MOST_REFUSED * seen.pages or BREAKS_CONNECTIONS & set(names), seen.refused_reads
    assert seen.posts >= 10
