"""A platform's live children, and what its Job and its Deployments say: provisioned, rolled out, scaled by whom. Pure.

Called by `observer`; read by everything that looks at Deployments.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from photo_operator.cluster.kinds import FIELD_MANAGER, SCALER_MANAGER, Kind
from photo_operator.components.catalog import DEPLOYED, Component
from photo_operator.crds.names import deployment_name
from photo_operator.crds.platform import Manifest
from photo_operator.times import seconds_between

BLIND_SECONDS = 180  # new pods have no figures yet

ChildKey = tuple[Kind, str]


class JobState(StrEnum):
    """How far the provisioning Job is."""

    ABSENT = "absent"  # not created, or deleted
    RUNNING = "running"  # not ended
    SUCCEEDED = "succeeded"  # the engines are prepared
    FAILED = "failed"  # it gave up


class Rollout(Struct, frozen=True):
    """A Deployment's numbers."""

    exists: bool = False
    wanted: int = 0
    current: int = 0
    ready: int = 0
    available: int = 0
    up_to_date: bool = False
    rolled: bool = False  # every pod is of the newest version, and some are available
    stalled: str = ""  # why the Deployment itself has given up
    owners: tuple[str, ...] = ()  # the field managers that own the number of pods

    @property
    def foreign_owner(self) -> str | None:
        """Who but this operator set the number of pods, or None."""
        return foreign_scaler(self.owners)


def index_children(live: Mapping[Kind, Iterable[Manifest]], owner_uid: str) -> dict[ChildKey, Manifest]:
    """Return the objects that a platform owns by key; what others own is left out."""
    return {
        (kind, manifest["metadata"]["name"]): manifest
        for kind, manifests in live.items()
        for manifest in manifests
        if _owner_uid(manifest) == owner_uid
    }


def _owner_uid(manifest: Manifest) -> str | None:
    references = manifest["metadata"].get("ownerReferences", ())
    return next((reference["uid"] for reference in references if reference.get("controller")), None)


def _conditions(manifest: Manifest) -> dict[str, Manifest]:
    return {found["type"]: found for found in manifest.get("status", {}).get("conditions", ())}


def job_state(children: Mapping[ChildKey, Manifest], name: str) -> JobState:
    """Return the state of a Job."""
    job = children.get((Kind.JOB, name))
    if job is None or "deletionTimestamp" in job["metadata"]:
        return JobState.ABSENT
    conditions = _conditions(job)
    if conditions.get("Complete", {}).get("status") == "True":
        return JobState.SUCCEEDED
    if conditions.get("Failed", {}).get("status") == "True":
        return JobState.FAILED
    return JobState.RUNNING


def failed_for(children: Mapping[ChildKey, Manifest], name: str, now: str) -> float:
    """Return for how many seconds a Job has been failed; 0 where it has not."""
    failed = _conditions(children.get((Kind.JOB, name), {})).get("Failed")
    if failed is None:
        return 0.0
    return seconds_between(failed["lastTransitionTime"], now)


def rollout(children: Mapping[ChildKey, Manifest], platform: str, component: Component) -> Rollout:
    """Return the numbers of a component's Deployment."""
    manifest = children.get((Kind.DEPLOYMENT, deployment_name(platform, component)))
    if manifest is None:
        return Rollout()
    status, wanted = manifest.get("status", {}), manifest["spec"].get("replicas", 1)
    seen = status.get("observedGeneration", 0) >= manifest["metadata"].get("generation", 0)
    updated, current = status.get("updatedReplicas", 0), status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    return Rollout(
        exists=True,
        wanted=wanted,
        current=current,
        ready=status.get("readyReplicas", 0),
        available=available,
        rolled=seen and updated == current and (available > 0 or wanted == 0),
        stalled=_stalled(manifest),
        up_to_date=seen and updated == wanted and current == wanted and available >= wanted,
        owners=_replica_owners(manifest),
    )


def _stalled(manifest: Manifest) -> str:
    progressing = _conditions(manifest).get("Progressing", {})
    return progressing.get("message", "") if progressing.get("status") == "False" else ""


def blind_autoscaler(children: Mapping[ChildKey, Manifest], platform: str, now: str) -> str:
    """Return why the API's autoscaler has had no figures for a while; empty where it has, or has only begun."""
    active = _conditions(children.get((Kind.AUTOSCALER, deployment_name(platform, Component.API)), {})).get(
        "ScalingActive", {}
    )
    if active.get("status") != "False" or active.get("reason") == "ScalingDisabled":
        return ""
    blind = seconds_between(active["lastTransitionTime"], now) > BLIND_SECONDS
    return f"{active.get('reason')}: {active.get('message', '')}"[:500] if blind else ""


def build_rollouts(children: Mapping[ChildKey, Manifest], platform: str) -> dict[Component, Rollout]:
    """Return the numbers of every component."""
    return {record.component: rollout(children, platform, record.component) for record in DEPLOYED}


def _replica_owners(manifest: Manifest) -> tuple[str, ...]:
    """Return the field managers that own a Deployment's number of pods."""
    return tuple(
        entry.get("manager", "")
        for entry in manifest["metadata"].get("managedFields", ())
        if "f:replicas" in entry.get("fieldsV1", {}).get("f:spec", {})
    )


def foreign_scaler(owners: Iterable[str]) -> str | None:
    """Return the first field manager that is not this operator's, or None."""
    return next((owner for owner in owners if owner not in (FIELD_MANAGER, SCALER_MANAGER)), None)
