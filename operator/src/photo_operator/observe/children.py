"""The live children of a platform by kind and name. Read by `rollout` and by everything that looks at Deployments."""

from collections.abc import Iterable, Mapping

from photo_operator.cluster.kinds import Kind
from photo_operator.crds.platform import Manifest

ChildKey = tuple[Kind, str]


def index_children(live: Mapping[Kind, Iterable[Manifest]], owner_uid: str) -> dict[ChildKey, Manifest]:
    """Return a platform's own children by key; what others own is not touched."""
    return {
        (kind, manifest["metadata"]["name"]): manifest
        for kind, manifests in live.items()
        for manifest in manifests
        if _owner_uid(manifest) == owner_uid
    }


def _owner_uid(manifest: Manifest) -> str | None:
    references = manifest["metadata"].get("ownerReferences", ())
    return next((reference["uid"] for reference in references if reference.get("controller")), None)
