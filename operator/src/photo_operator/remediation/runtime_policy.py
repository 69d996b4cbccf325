"""Writes the runtime policy that pods obey. Called by `reconcile`; decides nothing.

The policy is one field of the ConfigMap, applied under a field manager of its own, so that restoring the rest of the
ConfigMap never touches it.
"""

import msgspec

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy
from photo_operator.cluster.kinds import POLICY_MANAGER, Kind
from photo_operator.cluster.port import ClusterWriter
from photo_operator.crds.names import runtime_name
from photo_operator.crds.platform import Manifest, Platform


def epoch_of(own: int, platform: Platform, stored: RuntimePolicy | None) -> int:
    """Return the leader epoch to write: pods would ignore a policy of a lower one for ever.

    The Lease counts the leaders, but it may be deleted, with the ConfigMap even; what was reached then still stands in
    the platform's status.
    """
    told: int = platform.status.get("leaderEpoch", 0)
    return max(own, told, stored.leader_epoch if stored is not None else 0)


def build_policy(platform: Platform, policy: RuntimePolicy, version: str) -> Manifest:
    """Return the one field that the policy is, for the version of the ConfigMap that was read."""
    metadata = {"name": runtime_name(platform), "namespace": platform.metadata.namespace}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata | ({"resourceVersion": version} if version else {}),
        "data": {POLICY_KEY: msgspec.json.encode(policy).decode()},
    }


async def write_policy(cluster: ClusterWriter, platform: Platform, policy: RuntimePolicy, version: str) -> None:
    """Tell pods; refused where another leader told them something since this pass read the ConfigMap."""
    await cluster.apply(Kind.CONFIG_MAP, build_policy(platform, policy, version), POLICY_MANAGER)
