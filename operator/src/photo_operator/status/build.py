"""Builds `PhotoPlatform.status` and writes it. `build_status` is pure; `write_status` is one patch, only on change."""

from collections.abc import Iterable

from photo_operator import telemetry
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.patches import build_patch
from photo_operator.cluster.port import ClusterWriter
from photo_operator.components.catalog import Component
from photo_operator.crds.platform import Manifest, Platform, ServiceType
from photo_operator.scaling.need import rounded
from photo_operator.status.conditions import JUDGES, Judgement
from photo_operator.status.inputs import StatusInputs
from photo_operator.status.workers import build_workers


def _api_url(seen: StatusInputs) -> str | None:
    service = seen.platform.spec.api.service
    metadata = seen.platform.metadata
    if service.type is ServiceType.CLUSTER_IP:
        return f"http://{metadata.name}-api.{metadata.namespace}.svc:8000"
    host = next((pod.host for pod in seen.pods if pod.component == Component.API and pod.host), None)
    return f"http://{host}:{service.node_port}" if host and service.node_port else None


def _condition(judgement: Judgement, before: Manifest | None, seen: StatusInputs) -> Manifest:
    turned = before is None or before.get("status") != judgement.status
    return {
        "type": judgement.type.value,
        "status": judgement.status,
        "reason": judgement.reason.value,
        "message": judgement.message,
        "lastTransitionTime": seen.now if turned or before is None else before["lastTransitionTime"],
        "observedGeneration": seen.platform.metadata.generation,
    }


def build_status(seen: StatusInputs) -> Manifest:
    """Return the status of a platform."""
    before = {found["type"]: found for found in seen.platform.status.get("conditions", ())}
    status: Manifest = {
        "observedGeneration": seen.platform.metadata.generation,
        "leaderEpoch": seen.leader_epoch,
        "conditions": [_condition(judged, before.get(judged.type), seen) for judged in (j(seen) for j in JUDGES)],
        "workers": build_workers(seen),
    }
    if seen.schema_version is not None:
        status["schemaVersion"] = seen.schema_version
    if seen.feed_mode is not None:
        status |= {"feedMode": seen.feed_mode.value.capitalize(), "degradedLevel": seen.degraded_level}
    if seen.feeds_to_rebuild:
        status["feedsToRebuild"] = int(rounded(seen.feeds_to_rebuild))
    url = _api_url(seen)
    if url is not None:
        status["apiURL"] = url
    return status


def count_decisions(before: Iterable[Manifest], after: Iterable[Manifest]) -> None:
    """Count the conditions that turned, or turned out to have another reason."""
    known = {found["type"]: (found["status"], found["reason"]) for found in before}
    for found in after:
        if known.get(found["type"]) != (found["status"], found["reason"]):
            telemetry.DECISIONS.labels("condition", f"{found['type']}={found['status']}", found["reason"]).inc()


async def write_status(cluster: ClusterWriter, platform: Platform, status: Manifest) -> bool:
    """Patch the status where it changed; return whether it did."""
    patch = build_patch(platform.status, status)
    if patch:
        await cluster.patch_status(Kind.PLATFORM, platform.metadata, patch)
    return bool(patch)
