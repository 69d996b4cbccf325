"""The writes that bring the live children to the desired ones. Pure; `apply` writes them, `turns` holds some back."""

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
    """What happens to a child."""

    CREATE = "create"  # it is not there
    RESTORE = "restore"  # it is not what it shall be
    PRUNE = "prune"  # it carries what others have added
    DELETE = "delete"  # it is no longer wanted


class Change(Struct, frozen=True):
    """One write that is needed; `paths` names what differed, `pointers` what is removed of `manifest` as it is."""

    verb: Verb
    kind: Kind
    name: str
    manifest: Manifest
    paths: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()


def build_changes(children: Sequence[Child], live: Mapping[ChildKey, Manifest]) -> tuple[Change, ...]:
    """Return the writes that bring `live` to `children`, creations in their order, deletions last."""
    written = [change for child in children for change in _changes(child, live.get(child.key))]
    wanted = {child.key for child in children}
    known = {child.kind for child in children}  # a kind of which none is wanted yet is held, not emptied
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
        return  # on its way out, created anew once it is gone; a Job never changes
    found = tuple(difference.path for difference in differences(child.manifest, live))
    left = leftovers(kind, child.manifest, live)
    if found or left:
        yield Change(Verb.RESTORE, kind, name, child.manifest, (*found, *left))
        return  # what others have added beside goes in the next pass, which reads what came of this one
    added = intrusions(kind, child.manifest, live)
    if added:
        paths, pointers = tuple(item.path for item in added), tuple(item.pointer for item in added)
        yield Change(Verb.PRUNE, kind, name, live, paths, pointers)
