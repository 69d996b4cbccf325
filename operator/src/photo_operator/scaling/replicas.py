"""The number of pods of every component that the lag does not scale. Called by `reconcile`; `scaler` does the others.

No manifest contains the number. The API server's managed fields say who owns it: a number that nobody has set is
claimed under the scaler's own name, and one that somebody else has set stays as it is and is reported.
"""

import structlog
from msgspec import Struct

from photo_operator.cluster.kinds import FIELD_MANAGER, SCALER_MANAGER, Kind
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.components.catalog import DEPLOYED, RECORDS, Component, ScaledWorkerRecord
from photo_operator.components.spec import replicas_of
from photo_operator.crds.names import deployment_name
from photo_operator.crds.platform import Manifest, Platform, Replicas
from photo_operator.observe.observer import Observed
from photo_operator.observe.workloads import foreign_scaler

log = structlog.get_logger(__name__)


class Counted(Struct, frozen=True):
    """How many pods a component should have now, and who says so; `claimed` where nobody owns the number yet."""

    component: Component
    current: int
    wanted: int
    claimed: bool = False
    foreign: str | None = None


def count(component: Component, current: int, owners: tuple[str, ...], bounds: Replicas) -> Counted:
    """Return how many pods a component should have: the spec's minimum, unless somebody else has set a number."""
    # Nobody owns the number, or an older version of the operator applied it: it is claimed within the bounds.
    if SCALER_MANAGER not in owners and (not owners or FIELD_MANAGER in owners):
        return Counted(component, current, min(max(current, bounds.min), bounds.max), claimed=True)
    # Somebody scaled the component to 0, which gives the number back to the operator.
    if current == 0:
        return Counted(component, current, bounds.min)
    # The HorizontalPodAutoscaler keeps the number within the bounds.
    if RECORDS[component].autoscaled:
        return Counted(component, current, current)
    foreign = foreign_scaler(owners)
    return Counted(component, current, bounds.min if foreign is None else current, foreign=foreign)


def count_all(observed: Observed) -> tuple[Counted, ...]:
    """Return the numbers of every component that is deployed and that the lag does not scale."""
    fixed = [record.component for record in DEPLOYED if not isinstance(record, ScaledWorkerRecord)]
    return tuple(
        count(component, found.wanted, found.owners, replicas_of(observed.platform.spec, component))
        for component in fixed
        if (found := observed.rollouts[component]).exists
    )


async def hold_numbers(cluster: ClusterWriter, platform: Platform, counted: tuple[Counted, ...]) -> None:
    """Write the numbers that differ; before the manifests, whose apply would drop a number that it used to contain."""
    for item in counted:
        if item.claimed or item.wanted != item.current:
            await _write(cluster, platform, item)


async def _write(cluster: ClusterWriter, platform: Platform, item: Counted) -> None:
    name = deployment_name(platform.metadata.name, item.component)
    try:
        if item.claimed:
            claim = build_claim(platform.metadata.namespace, name, item.wanted)
            await cluster.apply(Kind.DEPLOYMENT, claim, SCALER_MANAGER)
        else:
            await cluster.scale(platform.metadata.namespace, name, item.wanted)
    except ClusterRefused as refused:
        log.warning("scale refused", deployment=name, reason=str(refused))
        return
    log.info("number of pods set", deployment=name, replicas=item.wanted, claimed=item.claimed)


def build_claim(namespace: str, deployment: str, replicas: int) -> Manifest:
    """Return the number of pods alone.

    The API server tracks who writes /scale only where somebody owns the number already, so that it is applied once;
    from then on another writer shows.
    """
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": deployment, "namespace": namespace},
        "spec": {"replicas": replicas},
    }
