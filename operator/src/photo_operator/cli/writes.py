"""The only effects of the command line: an approval, a pause, a drill. Called by `main` once a person has said yes."""

from photo_operator.cli.connection import Connected
from photo_operator.cluster.kinds import FIELD_MANAGER, Kind
from photo_operator.crds import API_VERSION, Manifest, Platform

CLI_MANAGER = f"{FIELD_MANAGER}-cli"


def build_pause(platform: Platform, reasons: tuple[str, ...]) -> Manifest:
    """Return the pause requests of a platform, to be applied; a platform changed meanwhile is a conflict."""
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
