"""Merge patches between two versions of a status. Pure; called by `status` and `remediation`."""

from collections.abc import Mapping

from photo_operator.crds.platform import Manifest


def build_patch(before: Mapping[str, object], after: Mapping[str, object]) -> Manifest:
    """Return the merge patch from one status to another; empty where nothing changed."""
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    patch: Manifest = {key: _merge(before.get(key), value) for key, value in changed.items()}
    return patch | {key: None for key in before if key not in after}


def _merge(before: object, after: object) -> object:
    """Return a merge patch that leaves nothing of `before` behind."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        gone = {key: None for key in before if key not in after}
        return gone | {key: _merge(before.get(key), value) for key, value in after.items()}
    return after
