"""Builds the record of an incident. Pure; called by `remediation`."""

from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.platform import API_VERSION, Manifest, Platform
from photo_operator.runbooks.matching import Incident


def build_execution(platform: Platform, incident: Incident, now: str) -> Manifest:
    """Return the RunbookExecution of an incident; its name holds the second in which it was seen."""
    alert = incident.runbook.alert
    stamped = f"{alert.lower()}-{now.translate(str.maketrans('', '', '-:TZ'))}"
    return {
        "apiVersion": API_VERSION,
        "kind": "RunbookExecution",
        "metadata": child_metadata(platform, f"{platform.metadata.name}-{stamped}", "runbook"),
        "spec": {
            "platform": platform.metadata.name,
            "runbook": alert,
            "trigger": {
                "source": incident.source.value,
                "fingerprint": incident.fingerprint or stamped,
                "summary": incident.summary[:1024],
            },
        },
    }
