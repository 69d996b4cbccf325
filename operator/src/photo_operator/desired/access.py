"""ServiceAccount, Role and RoleBinding of pods: they may read the runtime policy and nothing else. Pure."""

from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.names import runtime_name, service_account_name
from photo_operator.crds.platform import Manifest, Platform

_COMPONENT = "access"
_RBAC = "rbac.authorization.k8s.io"


def build_service_account(platform: Platform) -> Manifest:
    """Return the ServiceAccount of every pod."""
    metadata = child_metadata(platform, service_account_name(platform), _COMPONENT)
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def build_role(platform: Platform) -> Manifest:
    """Return the right to read and watch one ConfigMap by its name."""
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "Role",
        "metadata": child_metadata(platform, runtime_name(platform), _COMPONENT),
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["configmaps"],
                "resourceNames": [runtime_name(platform)],
                "verbs": ["get", "list", "watch"],
            }
        ],
    }


def build_role_binding(platform: Platform) -> Manifest:
    """Bind the right to the ServiceAccount."""
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": child_metadata(platform, runtime_name(platform), _COMPONENT),
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": runtime_name(platform)},
        "subjects": [
            {
                "kind": "ServiceAccount",
                "name": service_account_name(platform),
                "namespace": platform.metadata.namespace,
            }
        ],
    }
