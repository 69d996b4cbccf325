"""The ConfigMap that carries the runtime policy, without its data: `actions.runtime_policy` owns that. Pure."""

from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.names import runtime_name
from photo_operator.crds.platform import Manifest, Platform


def build_runtime_config_map(platform: Platform) -> Manifest:
    """Return the ConfigMap with labels and owner alone."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": child_metadata(platform, runtime_name(platform), "runtime"),
    }
