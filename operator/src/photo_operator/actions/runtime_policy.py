"""Writes the runtime policy that pods obey. Called by `reconcile`; decides nothing.

The policy is one field of the ConfigMap, applied under a field manager of its own, so that restoring the rest of the
ConfigMap never touches it.
"""

import msgspec

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy
from photo_operator.cluster.kinds import POLICY_MANAGER, Kind
from photo_operator.cluster.port import ClusterWriter
from photo_operator.crds import Manifest, Platform
from photo_operator.desired.pods import runtime_name


def read_policy(config_map: Manifest | None) -> RuntimePolicy | None:
    """Return the policy that a ConfigMap holds; None where it holds none that can be read."""
    text = ((config_map or {}).get("data") or {}).get(POLICY_KEY)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=RuntimePolicy)
    except msgspec.DecodeError:
        return None


def build_policy(platform: Platform, policy: RuntimePolicy) -> Manifest:
    """Return the one field that the policy is."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": runtime_name(platform), "namespace": platform.metadata.namespace},
        "data": {POLICY_KEY: msgspec.json.encode(policy).decode()},
    }


async def write_policy(cluster: ClusterWriter, platform: Platform, policy: RuntimePolicy) -> None:
    """Tell pods."""
    await cluster.apply(Kind.CONFIG_MAP, build_policy(platform, policy), POLICY_MANAGER)
