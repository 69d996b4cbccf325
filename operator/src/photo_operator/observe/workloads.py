"""What the live Job and Deployments say: provisioned or not, rolled out or not, who scales. Pure; read by many."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from photo_operator.apply import ChildKey
from photo_operator.cluster.kinds import FIELD_MANAGER, SCALER_MANAGER, Kind
from photo_operator.crds import Manifest
from photo_operator.desired.components import DEPLOYED, Component
from photo_operator.desired.workloads import deployment_name


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
    since = datetime.fromisoformat(failed["lastTransitionTime"])
    return (datetime.fromisoformat(now) - since).total_seconds()


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
        up_to_date=seen and updated == wanted and current == wanted and available >= wanted,
    )


def rollouts(children: Mapping[ChildKey, Manifest], platform: str) -> dict[Component, Rollout]:
    """Return the numbers of every component."""
    return {spec.component: rollout(children, platform, spec.component) for spec in DEPLOYED}


def replica_owners(children: Mapping[ChildKey, Manifest], platform: str, component: Component) -> tuple[str, ...]:
    """Return the field managers that own a Deployment's number of pods."""
    manifest = children.get((Kind.DEPLOYMENT, deployment_name(platform, component)), {})
    return tuple(
        entry.get("manager", "")
        for entry in manifest.get("metadata", {}).get("managedFields", ())
        if "f:replicas" in entry.get("fieldsV1", {}).get("f:spec", {})
    )


def foreign_scaler(owners: Iterable[str]) -> str | None:
    """Return who else owns a Deployment's number of pods, or None."""
    return next((owner for owner in owners if owner not in (FIELD_MANAGER, SCALER_MANAGER)), None)
