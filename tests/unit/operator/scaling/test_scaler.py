"""What the scaler writes, and in which order."""

import pytest
from msgspec.structs import replace

from photo_operator.cluster.fake import Write
from photo_operator.cluster.kinds import SCALER_MANAGER, Kind
from photo_operator.components.catalog import SCALED, Component
from photo_operator.crds.runbook import Runbook
from photo_operator.engines.lag import Sample
from photo_operator.observe.context import PassContext
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.model import LimitedBy, Memory, Scaling
from photo_operator.scaling.scaler import DELETION_COST, WorkerSamples, scale_all
from tests.support.lags import lag_of
from tests.support.runbook_world import NAMESPACE, RunbookWorld

CALM = Memory(wanted=((-300.0, 1), (-1.0, 1)))
LABELS = {"app.kubernetes.io/instance": "demo", "app.kubernetes.io/component": "fanout"}


class Cluster:
    """A platform with two fan-out workers, of which one has work in hand."""

    def __init__(self, runbooks: dict[str, Runbook]) -> None:
        self.world = RunbookWorld(runbooks)
        self.histories = {scaled.component: ScalingHistory() for scaled in SCALED}
        for name in ("busy", "idle"):
            self.world.cluster.put(Kind.POD, {"metadata": {"name": name, "namespace": NAMESPACE, "labels": LABELS}})

    async def scale(self) -> Scaling:
        samples = WorkerSamples(self.histories, in_flight={"busy": 7, "idle": 0})
        found = await scale_all(self.world.cluster, await self.context(), samples)
        return found[Component.FANOUT]

    async def context(self) -> PassContext:
        return replace(await self.world.context(), now="2026-01-01T00:00:00Z", monotonic=0.0)

    def calm(self) -> None:
        history = self.histories[Component.FANOUT]
        history.memory = CALM
        history.add(Sample(-1.0, lag_of(0)), 2)

    def writes(self) -> list[Write]:
        return [write for write in self.world.cluster.writes if write.name in ("busy", "idle", "demo-fanout")]

    def cost(self, pod: str) -> str:
        found = self.world.cluster.objects[(Kind.POD, NAMESPACE, pod)]
        return str(found["metadata"].get("annotations", {}).get(DELETION_COST))


@pytest.fixture
def cluster(runbooks: dict[str, Runbook]) -> Cluster:
    return Cluster(runbooks)


async def test_pods_are_told_what_they_cost_before_one_is_taken_away(cluster: Cluster) -> None:
    cluster.calm()
    scaling = await cluster.scale()
    assert scaling.decision.replicas == 1
    assert (cluster.cost("busy"), cluster.cost("idle")) == ("7", "0")
    assert [write.verb for write in cluster.writes()] == [f"apply as {SCALER_MANAGER}"] * 2 + ["scale"]


async def test_a_pod_that_has_gone_meanwhile_keeps_no_other_from_being_taken_away(cluster: Cluster) -> None:
    cluster.calm()
    cluster.world.cluster.refused.add((Kind.POD, "busy"))
    assert (await cluster.scale()).records[-1].after == 1
    assert cluster.world.fanout == 1


async def test_a_move_is_told_once_with_its_reason(cluster: Cluster) -> None:
    cluster.calm()
    (record,) = (await cluster.scale()).records
    assert (record.before, record.after, record.time) == (2, 1, "2026-01-01T00:00:00Z")
    assert record.explanation == "no lag, nothing arrives: 1 would do: down to 1"
    assert len((await cluster.scale()).records) == 1


async def test_a_number_that_stays_writes_nothing(cluster: Cluster) -> None:
    scaling = await cluster.scale()
    assert scaling.decision.limited_by is LimitedBy.METRICS_STALE
    assert cluster.writes() == []


async def test_a_pause_is_decided_through_and_writes_nothing(cluster: Cluster) -> None:
    cluster.calm()
    cluster.world.platform["spec"]["pauseRequests"] = [{"reason": "audit"}]
    scaling = await cluster.scale()
    assert (scaling.decision.replicas, scaling.records) == (1, ())
    assert cluster.writes() == []


async def test_encoders_are_scaled_by_a_history_of_their_own(cluster: Cluster) -> None:
    cluster.calm()
    samples = WorkerSamples(cluster.histories)
    found = await scale_all(cluster.world.cluster, await cluster.context(), samples)
    assert found[Component.IMAGE_ENCODE].decision.limited_by is LimitedBy.METRICS_STALE
