"""The cluster port on a real API server, through lightkube's asynchronous client.

Every write asks the fence first: a process that is not surely the leader writes nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import httpx2
from lightkube import ApiError, AsyncClient
from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource
from lightkube.types import CascadeType, PatchType

from photo_operator import telemetry
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterRefused, ClusterUnavailable
from photo_operator.crds import Manifest

Resource = type[GenericNamespacedResource]
T = TypeVar("T")


def _resource(kind: Kind) -> Resource:
    spec = kind.value
    return create_namespaced_resource(spec.group, spec.version, spec.name, spec.plural)


def _translated(error: ApiError) -> ClusterRefused:
    return ClusterRefused(error.status.reason or str(error.status.code), error.status.message or "")


class KubeCluster:
    """The API server, with a fence before each write."""

    def __init__(self, client: AsyncClient, fence: Callable[[], None]) -> None:
        self._client = client
        self._fence = fence
        self._resources = {kind: _resource(kind) for kind in Kind}

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Return an object, or None."""
        try:
            call = self._client.get(self._resources[kind], name, namespace=namespace)
            return dict(await self._called("get", kind, call))
        except ClusterRefused as refused:
            if refused.reason == "NotFound":
                return None
            raise

    async def list(self, kind: Kind, namespace: str, labels: dict[str, str] | None = None) -> list[Manifest]:
        """Return the objects of a namespace that carry the labels."""
        selector: dict[str, Any] | None = dict(labels) if labels else None
        found = self._client.list(self._resources[kind], namespace=namespace, labels=selector)
        # the items of a list do not say what they are
        stated = {"apiVersion": kind.value.api_version, "kind": kind.value.name}

        async def collected() -> list[Manifest]:
            return [stated | dict(item) async for item in found]

        return await self._called("list", kind, collected())

    async def apply(self, kind: Kind, manifest: Manifest, manager: str) -> Manifest:
        """Apply server-side with force."""
        self._fence()
        metadata = manifest["metadata"]
        call = self._client.patch(
            self._resources[kind],
            metadata["name"],
            manifest,
            namespace=metadata["namespace"],
            patch_type=PatchType.APPLY,
            field_manager=manager,
            force=True,
        )
        return dict(await self._called("patch", kind, call))

    async def prune(self, kind: Kind, manifest: Manifest, pointers: Sequence[str]) -> None:
        """Remove fields of the version that was read."""
        self._fence()
        metadata = manifest["metadata"]
        # a patch that states the version it was made for conflicts with any other
        version = {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]}
        call = self._client.patch(
            self._resources[kind],
            metadata["name"],
            [version, *({"op": "remove", "path": pointer} for pointer in pointers)],
            namespace=metadata["namespace"],
            patch_type=PatchType.JSON,
        )
        await self._called("patch", kind, call)

    async def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Create an object."""
        self._fence()
        namespace = manifest["metadata"]["namespace"]
        item: GenericNamespacedResource = self._resources[kind].from_dict(manifest)
        call = self._client.create(item, namespace=namespace)  # type: ignore[call-overload]
        created: Manifest = dict(await self._called("create", kind, call))
        return created

    async def patch_status(self, kind: Kind, namespace: str, name: str, status: Manifest) -> None:
        """Merge into the status subresource."""
        self._fence()
        call = self._client.patch(
            self._resources[kind].Status,
            name,
            {"status": status},
            namespace=namespace,
            patch_type=PatchType.MERGE,
        )
        await self._called("patch", kind, call)

    async def scale(self, namespace: str, deployment: str, replicas: int) -> None:
        """Write the scale subresource."""
        self._fence()
        body = {"spec": {"replicas": replicas}}
        scale = self._resources[Kind.DEPLOYMENT].Scale
        call = self._client.patch(scale, deployment, body, namespace=namespace, patch_type=PatchType.MERGE)
        await self._called("patch", Kind.DEPLOYMENT, call)

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete in the background."""
        self._fence()
        resource = self._resources[kind]
        call = self._client.delete(resource, name, namespace=namespace, cascade=CascadeType.BACKGROUND)
        try:
            await self._called("delete", kind, call)
        except ClusterRefused as refused:
            if refused.reason != "NotFound":
                raise

    async def _called(self, verb: str, kind: Kind, call: Awaitable[T]) -> T:
        telemetry.API_CALLS.labels(verb, kind.value.plural).inc()
        try:
            return await call
        except ApiError as error:
            raise _translated(error) from error
        except httpx2.HTTPError as error:
            raise ClusterUnavailable(f"{verb} {kind.value.plural}: {type(error).__name__} {error}") from error
