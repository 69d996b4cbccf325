"""The port through which the operator reads and writes the cluster.

Implemented by `kube.KubeCluster` and, for tests, by `fake.FakeCluster`. Objects are the API's own mappings.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from photo_core.errors import PhotoError
from photo_operator.cluster.kinds import Kind
from photo_operator.crds.platform import Manifest, Metadata

ALL_NAMESPACES = "*"  # where a list may be of all of them; the operator itself has no such right
CONFLICT = "Conflict"  # the API server's reason where an object is no longer the version that was read


class ClusterRefused(PhotoError):
    """The API server refused a call; `reason` is its own (Forbidden, Invalid, Conflict, ...)."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


class ClusterUnavailable(PhotoError):
    """The API server did not answer, or asks to come back after some seconds; a later pass tries again."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LeadershipLost(PhotoError):
    """This process no longer holds the Lease for certain; it must not write."""


class ClusterReader(Protocol):
    """Reads; every call raises ClusterRefused or ClusterUnavailable."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Return an object, or None where there is none."""
        ...

    async def list(self, kind: Kind, namespace: str, labels: dict[str, str] | None = None) -> list[Manifest]:
        """Return the objects of a namespace that carry all the labels."""
        ...


class ClusterWriter(Protocol):
    """Writes; every call raises LeadershipLost, ClusterRefused or ClusterUnavailable."""

    async def apply(self, kind: Kind, manifest: Manifest, manager: str) -> Manifest:
        """Apply server-side as `manager`, taking over conflicting fields; return what is stored.

        A manifest with a resourceVersion is refused (CONFLICT) where that is no longer the object's.
        """
        ...

    async def prune(self, kind: Kind, manifest: Manifest, pointers: Sequence[str]) -> None:
        """Remove the values at JSON pointers from an object as it was read, one after the other.

        Refused (Conflict) where the object is no longer the one that was read.
        """
        ...

    async def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Create an object."""
        ...

    async def patch_status(self, kind: Kind, read: Metadata, status: Manifest) -> Manifest:
        """Merge `status` into the status subresource; a None removes a field. Return what is stored.

        Refused (CONFLICT) where the object is no longer the version that was `read`, so that what a person or another
        leader has written since is never overwritten.
        """
        ...

    async def scale(self, namespace: str, deployment: str, replicas: int) -> None:
        """Set a Deployment's number of pods through its scale subresource."""
        ...

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete an object and, in the background, what it owns; one that is gone is no error."""
        ...


class Cluster(ClusterReader, ClusterWriter, Protocol):
    """Reads and writes."""


def as_stored(read: Metadata, written: Manifest) -> Metadata:
    """Return what was read of an object, as of the version that a write has made of it."""
    return replace(read, resource_version=written["metadata"]["resourceVersion"])
