"""The changes that bring the live children to the desired state. Pure; `turns` delays some, `apply` writes."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from photo_operator.cluster.kinds import Kind
from photo_operator.crds.platform import Manifest
from photo_operator.desired.assemble import Child
from photo_operator.observe.workloads import ChildKey
from photo_operator.rollout.diff import differences
from photo_operator.rollout.intrusions import intrusions, leftovers


class Verb(StrEnum):
    """What a change does to a child."""

    CREATE = "create"  # it does not exist
    RESTORE = "restore"  # it differs from the desired state
    PRUNE = "prune"  # it has fields that other field managers have added
    DELETE = "delete"  # it is not part of the desired state


class Change(Struct, frozen=True):
    """One change; `paths` are the fields that differ, `pointers` those that PRUNE removes from the live `manifest`."""

    verb: Verb
    kind: Kind
    name: str
    manifest: Manifest
    paths: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()


def build_changes(children: Sequence[Child], live: Mapping[ChildKey, Manifest]) -> tuple[Change, ...]:
    """Return the changes from `live` to `children`: creations in the order of `children`, deletions last."""
    written = [change for child in children for change in _changes(child, live.get(child.key))]
    wanted = {child.key for child in children}
    known = {child.kind for child in children}  # a kind without any desired child is left alone
    superseded = [
        Change(Verb.DELETE, kind, name, manifest)
        for (kind, name), manifest in live.items()
        if (kind, name) not in wanted and kind in known and "deletionTimestamp" not in manifest["metadata"]
    ]
    return (*written, *superseded)


def _changes(child: Child, live: Manifest | None) -> Iterable[Change]:
    kind, name = child.key
    if live is None:
        yield Change(Verb.CREATE, kind, name, child.manifest)
        return
    if "deletionTimestamp" in live["metadata"] or kind is Kind.JOB:
        return  # a deleted child is created again once it is gone; a Job cannot be changed
    found = tuple(difference.path for difference in differences(child.manifest, live))
    left = leftovers(kind, child.manifest, live)
    if found or left:
        yield Change(Verb.RESTORE, kind, name, child.manifest, (*found, *left))
        return  # fields of other managers are removed in the next pass, which reads the result of this one
    added = intrusions(kind, child.manifest, live)
    if added:
        paths, pointers = tuple(item.path for item in added), tuple(item.pointer for item in added)
        yield Change(Verb.PRUNE, kind, name, live, paths, pointers)
