"""All writes of the command line: approvals, pause requests, drills. Called by `write_commands` after confirmation."""

from photo_operator.cli.connection import Connected
from photo_operator.cluster.kinds import FIELD_MANAGER, Kind
from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.platform import API_VERSION, Manifest, Platform

CLI_MANAGER = f"{FIELD_MANAGER}-cli"
HASH_LETTERS = 8


def build_pause(platform: Platform, reasons: tuple[str, ...]) -> Manifest:
    """Return the manifest that sets the pause requests; a platform changed in the meantime is a conflict."""
    metadata = platform.metadata
    return {
        "apiVersion": API_VERSION,
        "kind": Kind.PLATFORM.value.name,
        "metadata": {
            "name": metadata.name,
            "namespace": metadata.namespace,
            "resourceVersion": metadata.resource_version,
        },
        "spec": {"pauseRequests": [{"reason": reason} for reason in reasons]},
    }


async def set_pause(connected: Connected, platform: Platform, reasons: tuple[str, ...]) -> None:
    """Write a platform's pause requests."""
    await connected.cluster.apply(Kind.PLATFORM, build_pause(platform, reasons), CLI_MANAGER)


def build_approval(execution: Manifest) -> Manifest:
    """Return the approval of an execution's present plan; it is deleted with the execution."""
    metadata, plan_hash = execution["metadata"], execution["status"]["plan"]["hash"]
    owner = {
        "apiVersion": API_VERSION,
        "kind": Kind.EXECUTION.value.name,
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    return {
        "apiVersion": API_VERSION,
        "kind": Kind.APPROVAL.value.name,
        "metadata": {
            "name": f"{metadata['name']}-{plan_hash[:HASH_LETTERS]}",
            "namespace": metadata["namespace"],
            "ownerReferences": [owner],
        },
        "spec": {"execution": metadata["name"], "planHash": plan_hash},
    }


async def approve(connected: Connected, execution: Manifest) -> str:
    """Create the approval; return its name."""
    created = await connected.cluster.create(Kind.APPROVAL, build_approval(execution))
    return str(created["metadata"]["name"])


def build_drill(platform: Platform, alert: str, now: str) -> Manifest:
    """Return an execution requested by a person; its name contains the time."""
    fingerprint = f"{alert.lower()}-{now.translate(str.maketrans('', '', '-:TZ'))}"
    summary = "requested by a person from the command line"
    return {
        "apiVersion": API_VERSION,
        "kind": Kind.EXECUTION.value.name,
        "metadata": child_metadata(platform, f"{platform.metadata.name}-{fingerprint}", "runbook"),
        "spec": {
            "platform": platform.metadata.name,
            "runbook": alert,
            "trigger": {"source": "Person", "fingerprint": fingerprint, "summary": summary},
        },
    }


async def drill(connected: Connected, platform: Platform, alert: str, now: str) -> str:
    """Create the execution; return its name."""
    created = await connected.cluster.create(Kind.EXECUTION, build_drill(platform, alert, now))
    return str(created["metadata"]["name"])
