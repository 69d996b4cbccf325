"""Names, labels and owner references of children. Called by every builder; builds no child itself."""

from photo_operator.crds.platform import API_VERSION, Manifest, Platform

MANAGED_BY = "photoplatform-operator"
INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"
NAME = "app.kubernetes.io/name"
MANAGER = "app.kubernetes.io/managed-by"


def selector(platform: str, component: str) -> dict[str, str]:
    """Return the labels that pods of a component are found by; they never change."""
    return {NAME: "photoplatform", INSTANCE: platform, COMPONENT: component}


def instance_labels(platform: str) -> dict[str, str]:
    """Return the labels that every child of a platform is found by."""
    return {INSTANCE: platform, MANAGER: MANAGED_BY}


def labels(platform: str, component: str) -> dict[str, str]:
    """Return the labels of a child."""
    return selector(platform, component) | {MANAGER: MANAGED_BY}


def owner_reference(platform: Platform) -> Manifest:
    """Return the reference by which children go with their platform."""
    return {
        "apiVersion": API_VERSION,
        "kind": "PhotoPlatform",
        "name": platform.metadata.name,
        "uid": platform.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def child_metadata(platform: Platform, name: str, component: str) -> Manifest:
    """Return the metadata of a child."""
    return {
        "name": name,
        "namespace": platform.metadata.namespace,
        "labels": labels(platform.metadata.name, component),
        "ownerReferences": [owner_reference(platform)],
    }
