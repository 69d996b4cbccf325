"""What a pass reads of the cluster, and that it reads nothing past the observer."""

from typing import Any

import httpx2
import pytest

from photo_core.domain.runtime_policy import POLICY_KEY, FeedMode, RuntimePolicy
from photo_core.fakes.clock import FakeClock
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import Component
from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.platform import Platform
from photo_operator.engines import tls
from photo_operator.observe.observer import ListingObserver, Observed
from photo_operator.reconcile.reconciler import PlatformReconciler
from tests.support.platform_world import build_tools


@pytest.fixture
def cluster(manifest: dict[str, Any]) -> FakeCluster:
    cluster = FakeCluster()
    cluster.put(Kind.PLATFORM, manifest)
    return cluster


async def test_a_platform_is_read_with_the_numbers_of_its_own_deployments(
    cluster: FakeCluster, platform: Platform
) -> None:
    owned = {"metadata": child_metadata(platform, "demo-api", "api"), "spec": {"replicas": 3}}
    cluster.put(Kind.DEPLOYMENT, owned)
    foreign = {"metadata": child_metadata(platform, "demo-purge", "purge") | {"ownerReferences": []}, "spec": {}}
    cluster.put(Kind.DEPLOYMENT, foreign)
    observed = await ListingObserver(cluster).read("photos", "demo")
    assert observed is not None
    assert set(observed.children) == {(Kind.DEPLOYMENT, "demo-api")}
    assert observed.rollouts[Component.API].wanted == 3
    assert not observed.rollouts[Component.PURGE].exists
    assert (observed.policy, observed.policy_version, observed.has_keys) == (None, "", False)


async def test_the_runtime_policy_is_read_with_the_version_of_its_config_map(
    cluster: FakeCluster, platform: Platform
) -> None:
    metadata = child_metadata(platform, "demo-runtime", "runtime")
    cluster.put(Kind.CONFIG_MAP, {"metadata": metadata, "data": {POLICY_KEY: '{"feed_mode":"pull"}'}})
    observed = await ListingObserver(cluster).read("photos", "demo")
    assert observed is not None
    assert observed.policy == RuntimePolicy(FeedMode.PULL)
    assert (
        observed.policy_version
        == cluster.objects[Kind.CONFIG_MAP, "photos", "demo-runtime"]["metadata"]["resourceVersion"]
    )


@pytest.mark.parametrize(
    ("name", "metadata"),
    [
        pytest.param("other", {}, id="there is none of that name"),
        pytest.param("demo", {"deletionTimestamp": "2026-01-01T00:00:00Z"}, id="it is being deleted"),
    ],
)
async def test_a_platform_that_is_gone_is_not_read(cluster: FakeCluster, name: str, metadata: dict[str, str]) -> None:
    cluster.objects[Kind.PLATFORM, "photos", "demo"]["metadata"] |= metadata
    assert await ListingObserver(cluster).read("photos", name) is None


class KeptObservation:
    """An observer that keeps what there is instead of listing it."""

    def __init__(self, observed: Observed) -> None:
        self.kept: dict[tuple[str, str], Observed] = {("photos", "demo"): observed}

    async def read(self, namespace: str, name: str) -> Observed | None:
        return self.kept.get((namespace, name))


class BlindCluster(FakeCluster):
    """A cluster that can be written to and not be read."""

    async def list(self, kind: Kind, namespace: str, labels: dict[str, str] | None = None) -> Any:
        raise AssertionError(f"a pass listed {kind} of {namespace}, {labels}")

    async def get(self, kind: Kind, namespace: str, name: str) -> Any:
        raise AssertionError(f"a pass read {kind} {namespace}/{name}")


async def test_a_pass_reads_the_cluster_through_its_observer_alone(
    cluster: FakeCluster, manifest: dict[str, Any]
) -> None:
    observed = await ListingObserver(cluster).read("photos", "demo")
    assert observed is not None
    observer, clock, written = KeptObservation(observed), FakeClock(), BlindCluster()
    written.put(Kind.PLATFORM, manifest)
    async with httpx2.AsyncClient(verify=tls.unused()) as http:
        tools = build_tools(written, clock, http, observer=observer)
        reconciler = PlatformReconciler(tools, "photos", "demo", lambda: None)
        assert await reconciler.once()
        assert (Kind.SERVICE, "photos", "demo-api") in written.objects
        observer.kept.clear()
        assert not await reconciler.once()
