"""Builds `PhotoPlatform.status` and writes it. `build_status` is pure; `write_status` sends one patch on change."""

from collections.abc import Iterable, Mapping

from photo_operator import telemetry
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.patches import build_patch
from photo_operator.cluster.port import ClusterWriter
from photo_operator.components.catalog import Component
from photo_operator.crds.platform import Manifest, Platform, ServiceType
from photo_operator.scaling.need import rounded
from photo_operator.status.conditions import CONDITIONS, ConditionState
from photo_operator.status.inputs import StatusInputs
from photo_operator.status.workers import build_workers


def _api_url(inputs: StatusInputs) -> str | None:
    service = inputs.platform.spec.api.service
    metadata = inputs.platform.metadata
    if service.type is ServiceType.CLUSTER_IP:
        return f"http://{metadata.name}-api.{metadata.namespace}.svc:8000"
    host = next((pod.host for pod in inputs.pods if pod.component == Component.API and pod.host), None)
    return f"http://{host}:{service.node_port}" if host and service.node_port else None


def _condition(state: ConditionState, known: Mapping[str, Manifest], inputs: StatusInputs) -> Manifest:
    before = known.get(state.type)
    turned = before is None or before.get("status") != state.status
    return {
        "type": state.type.value,
        "status": state.status,
        "reason": state.reason.value,
        "message": state.message,
        "lastTransitionTime": inputs.context.now if turned or before is None else before["lastTransitionTime"],
        "observedGeneration": inputs.platform.metadata.generation,
    }


def build_status(inputs: StatusInputs) -> Manifest:
    """Return the status of a platform."""
    before = {found["type"]: found for found in inputs.platform.status.get("conditions", ())}
    status: Manifest = {
        "observedGeneration": inputs.platform.metadata.generation,
        "leaderEpoch": inputs.context.epoch,
        "conditions": [_condition(judge(inputs), before, inputs) for judge in CONDITIONS],
        "workers": build_workers(inputs),
    }
    if inputs.schema_version is not None:
        status["schemaVersion"] = inputs.schema_version
    if inputs.served_feed_mode is not None:
        status |= {"feedMode": inputs.served_feed_mode.value, "degradedLevel": inputs.degraded_level}
    if inputs.context.feeds_to_rebuild:
        status["feedsToRebuild"] = int(rounded(inputs.context.feeds_to_rebuild))
    url = _api_url(inputs)
    if url is not None:
        status["apiURL"] = url
    return status


def count_decisions(before: Iterable[Manifest], after: Iterable[Manifest]) -> None:
    """Count the conditions whose status or reason changed."""
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
