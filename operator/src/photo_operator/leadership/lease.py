"""The rules of the Lease: who holds it, who may take it, what to write. Pure.

Whether a holder is alive is judged by its renewals as this process saw them, by the monotonic clock: the clocks of two
machines are never compared.
"""

from msgspec import Struct

from photo_operator.cluster.kinds import LEASE_NAME
from photo_operator.crds.platform import Manifest

DURATION_SECONDS = 15  # a holder silent for so long is dead
RENEW_DEADLINE_SECONDS = 10.0  # a leader that could not renew for so long writes nothing more
RETRY_SECONDS = 2.0
LOOK_SECONDS = 1.0  # a standby that looks more often sees the last renewal sooner, and may take over sooner


class LeaseSighting(Struct, frozen=True):
    """A version of the Lease and the monotonic second at which this process first saw it."""

    version: str
    at: float


def sight(lease: Manifest, before: LeaseSighting | None, now: float) -> LeaseSighting:
    """Return since when this process has seen the present version of the Lease."""
    version = lease["metadata"]["resourceVersion"]
    return before if before is not None and before.version == version else LeaseSighting(version, now)


ABSENT: Manifest = {"metadata": {"resourceVersion": ""}}  # stands for a Lease that does not exist


def epoch_of(lease: Manifest) -> int:
    """Return how often it has changed hands."""
    return int(lease.get("spec", {}).get("leaseTransitions") or 0)


def is_over(sighting: LeaseSighting, now: float) -> bool:
    """Whether the Lease was not renewed for so long that its former holder writes nothing more."""
    return now - sighting.at >= DURATION_SECONDS


def holder_of(lease: Manifest) -> str:
    """Return who holds it; an empty text where nobody does."""
    return lease.get("spec", {}).get("holderIdentity") or ""


def may_take(lease: Manifest, identity: str, sighting: LeaseSighting, now: float) -> bool:
    """Whether this process may write itself into the Lease."""
    return holder_of(lease) in ("", identity) or is_over(sighting, now)


def seconds_to_retry(sighting: LeaseSighting | None, now: float) -> float:
    """Return when a standby looks again: as the Lease runs out, at the latest after LOOK_SECONDS."""
    if sighting is None:
        return LOOK_SECONDS
    return min(LOOK_SECONDS, max(0.1, sighting.at + DURATION_SECONDS - now))


def build_lease(namespace: str, identity: str, now: str, epoch: int) -> Manifest:
    """Return a Lease where there is none."""
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": LEASE_NAME, "namespace": namespace},
        "spec": {
            "holderIdentity": identity,
            "leaseDurationSeconds": DURATION_SECONDS,
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": epoch,
        },
    }


def build_renewal(lease: Manifest, identity: str, now: str) -> Manifest:
    """Return the Lease held by this process; it counts a transition where another held it."""
    spec = dict(lease.get("spec", {}))
    if holder_of(lease) != identity:
        spec |= {"acquireTime": now, "leaseTransitions": epoch_of(lease) + 1}
    spec |= {"holderIdentity": identity, "renewTime": now, "leaseDurationSeconds": DURATION_SECONDS}
    return lease | {"spec": spec}


def build_release(lease: Manifest, now: str) -> Manifest:
    """Return the Lease held by nobody, so that the standby need not wait."""
    return lease | {"spec": dict(lease.get("spec", {})) | {"holderIdentity": "", "renewTime": now}}
