"""The Lease on a real API server. It has no fence: it is what the fence looks at."""

from collections.abc import Awaitable
from typing import TypeVar

import httpx2
from lightkube import ApiError, AsyncClient
from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource

from photo_operator.cluster.kinds import LEASE_NAME, Kind
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable
from photo_operator.crds import Manifest

T = TypeVar("T")


async def _called(call: Awaitable[T]) -> T:
    try:
        return await call
    except ApiError as error:
        raise ClusterRefused(error.status.reason or "", error.status.message or "") from error
    except httpx2.HTTPError as error:
        raise ClusterUnavailable(f"lease: {type(error).__name__} {error}") from error


class KubeLeaseStore:
    """The Lease `photoplatform-operator` of one namespace."""

    def __init__(self, client: AsyncClient, namespace: str) -> None:
        spec = Kind.LEASE.value
        self._client = client
        self._namespace = namespace
        self._lease: type[GenericNamespacedResource] = create_namespaced_resource(
            spec.group, spec.version, spec.name, spec.plural
        )

    async def read(self) -> Manifest | None:
        """Return the Lease, or None."""
        try:
            return dict(await _called(self._client.get(self._lease, LEASE_NAME, namespace=self._namespace)))
        except ClusterRefused as refused:
            if refused.reason == "NotFound":
                return None
            raise

    async def create(self, lease: Manifest) -> Manifest:
        """Store the first Lease."""
        item: GenericNamespacedResource = self._lease.from_dict(lease)
        return dict(await _called(self._client.create(item, namespace=self._namespace)))  # type: ignore[call-overload]

    async def replace(self, lease: Manifest) -> Manifest:
        """Store a Lease; the API server compares its resourceVersion."""
        item: GenericNamespacedResource = self._lease.from_dict(lease)
        return dict(await _called(self._client.replace(item, namespace=self._namespace)))  # type: ignore[call-overload]
