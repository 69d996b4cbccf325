"""Whatever breaks under a feed: nothing acknowledged is lost or repeated, and nothing is shown that must not be."""

import random
from collections.abc import Iterator

import pytest

from hack.scenarios.api import PhotoApi
from hack.scenarios.cluster import Cluster, wait_for
from hack.scenarios.feed_faults import FAULTS, Ground, run_fault
from hack.scenarios.feed_load import gather_cast
from hack.scenarios.process_signals import process_signals
from tests.support.photographs import photograph

SAMPLED = ("every worker is killed", "a Redis master fails over", "Redis is resharded")
# with the API's pods their connections die, and its readers try again
BREAKS_CONNECTIONS = {"the API is killed"}


@pytest.fixture
def ground(cluster: Cluster) -> Iterator[Ground]:
    wait_for("the platform to be well", cluster.is_well, 180)
    with process_signals(cluster) as signals:
        yield Ground(cluster, signals, random.Random(4))


@pytest.mark.parametrize(
    "fault", [name if name in SAMPLED else pytest.param(name, marks=pytest.mark.drill) for name in FAULTS]
)
async def test_feeds_obey_during_a_fault_and_are_exact_after_it(api: PhotoApi, ground: Ground, fault: str) -> None:
    cast = await gather_cast(api, ground.cluster, photograph())
    seen = await run_fault(api, ground, cast, FAULTS[fault])
    assert seen.violations == []
    assert seen.differences == []
    assert seen.refused_reads == [] or fault in BREAKS_CONNECTIONS
    assert seen.posts > 20
