"""Writes children: applies what differs, deletes what is no longer wanted, creates the signing keys once.

Called by `reconcile` with what `desired.assemble` built; it decides nothing but whether a write is needed, and that
by the pure functions `build_changes` and `diff.differences`.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import structlog
from msgspec import Struct

from photo_operator import telemetry
from photo_operator.cluster.kinds import FIELD_MANAGER, Kind
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.crds import Manifest
from photo_operator.desired.assemble import Child
from photo_operator.diff import differences
from photo_operator.intrusions import intrusions, leftovers

log = structlog.get_logger(__name__)

ChildKey = tuple[Kind, str]


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


class Refusal(Struct, frozen=True):
    """A child that the API server refused, and its reason."""

    kind: Kind
    name: str
    message: str


class Applied(Struct, frozen=True):
    """What came of a pass's writes."""

    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()


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


async def apply_changes(cluster: ClusterWriter, changes: Sequence[Change]) -> Applied:
    """Write every change; one that is refused does not stop the others.

    Returns:
        What was written, and what the API server refused.

    Raises:
        LeadershipLost, ClusterUnavailable: nothing more can be written now.
    """
    outcomes = [(change, await _apply_change(cluster, change)) for change in changes]
    return Applied(
        tuple(change for change, refusal in outcomes if refusal is None),
        tuple(refusal for _, refusal in outcomes if refusal is not None),
    )


async def _apply_change(cluster: ClusterWriter, change: Change) -> Refusal | None:
    try:
        if change.verb is Verb.DELETE:
            await cluster.delete(change.kind, change.manifest["metadata"]["namespace"], change.name)
        elif change.verb is Verb.PRUNE:
            await cluster.prune(change.kind, change.manifest, change.pointers)
        else:
            await cluster.apply(change.kind, change.manifest, FIELD_MANAGER)
    except ClusterRefused as refused:
        log.warning("child refused", kind=change.kind.value.name, name=change.name, reason=str(refused))
        return Refusal(change.kind, change.name, refused.message)
    telemetry.CHANGES.labels(change.kind.value.name, change.verb.value).inc()
    log.info("child written", verb=change.verb, kind=change.kind.value.name, name=change.name, paths=change.paths[:10])
    return None


async def create_keys(cluster: ClusterWriter, secret: Manifest) -> None:
    """Create the signing keys; they are never changed afterwards."""
    await cluster.create(Kind.SECRET, secret)
    telemetry.CHANGES.labels(Kind.SECRET.value.name, Verb.CREATE.value).inc()
