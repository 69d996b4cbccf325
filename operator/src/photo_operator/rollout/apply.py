"""Writes changes to children: server-side apply, deletion, and the signing keys once.

Called by `reconcile` with the changes that `changes` built and `turns` allowed. It decides nothing.
"""

from collections.abc import Sequence

import structlog
from msgspec import Struct

from photo_operator import telemetry
from photo_operator.cluster.kinds import FIELD_MANAGER, Kind
from photo_operator.cluster.port import ClusterRefused, ClusterWriter
from photo_operator.crds.platform import Manifest
from photo_operator.rollout.changes import Change, Verb

log = structlog.get_logger(__name__)


class RefusedChild(Struct, frozen=True):
    """A child that the API server refused, and its reason."""

    kind: Kind
    name: str
    message: str


class Applied(Struct, frozen=True):
    """Result of the writes of one pass."""

    changes: tuple[Change, ...] = ()
    refusals: tuple[RefusedChild, ...] = ()


async def apply_changes(cluster: ClusterWriter, changes: Sequence[Change]) -> Applied:
    """Write every change; a refused one does not stop the others.

    Returns:
        The changes that were written, and those that the API server refused.

    Raises:
        LeadershipLost, ClusterUnavailable: nothing more can be written now.
    """
    outcomes = [(change, await _apply_change(cluster, change)) for change in changes]
    return Applied(
        tuple(change for change, refusal in outcomes if refusal is None),
        tuple(refusal for _, refusal in outcomes if refusal is not None),
    )


async def _apply_change(cluster: ClusterWriter, change: Change) -> RefusedChild | None:
    try:
        if change.verb is Verb.DELETE:
            await cluster.delete(change.kind, change.manifest["metadata"]["namespace"], change.name)
        elif change.verb is Verb.PRUNE:
            await cluster.prune(change.kind, change.manifest, change.pointers)
        else:
            await cluster.apply(change.kind, change.manifest, FIELD_MANAGER)
    except ClusterRefused as refused:
        log.warning("child refused", kind=change.kind.value.name, name=change.name, reason=str(refused))
        return RefusedChild(change.kind, change.name, refused.message)
    telemetry.CHANGES.labels(change.kind.value.name, change.verb.value).inc()
    log.info("child written", verb=change.verb, kind=change.kind.value.name, name=change.name, paths=change.paths[:10])
    return None


async def create_keys(cluster: ClusterWriter, secret: Manifest) -> None:
    """Create the signing keys; they are never changed afterwards."""
    await cluster.create(Kind.SECRET, secret)
    telemetry.CHANGES.labels(Kind.SECRET.value.name, Verb.CREATE.value).inc()
