"""The cluster port on a real API server, through lightkube's asynchronous client.

Every write asks the fence first, which says for how long this process surely leads: no write is waited for longer.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from lightkube import AsyncClient
from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource
from lightkube.types import CascadeType, PatchType

from photo_operator.cluster.answers import Call, answer
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterRefused
from photo_operator.crds.platform import Manifest, Metadata

READ_SECONDS = 10.0
WRITE_SECONDS = 5.0

Resource = type[GenericNamespacedResource]


@functools.cache
def resource_of(kind: Kind) -> Resource:
    """Return lightkube's class of a kind, of which it bears one a process."""
    spec = kind.value
    return create_namespaced_resource(spec.group, spec.version, spec.name, spec.plural)


class KubeCluster:
    """The API server, with a fence before each write."""

    def __init__(self, client: AsyncClient, fence: Callable[[], float]) -> None:
        self._client = client
        self._fence = fence
        self._resources = {kind: resource_of(kind) for kind in Kind}

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Return an object, or None."""
        asked = self._client.get(self._resources[kind], name, namespace=namespace)
        try:
            return dict(await answer(Call("get", kind.value.plural, READ_SECONDS), asked))
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

        return await answer(Call("list", kind.value.plural, READ_SECONDS), collected())

    async def apply(self, kind: Kind, manifest: Manifest, manager: str) -> Manifest:
        """Apply server-side with force."""
        call = self._write("patch", kind)
        metadata = manifest["metadata"]
        asked = self._client.patch(
            self._resources[kind],
            metadata["name"],
            manifest,
            namespace=metadata["namespace"],
            patch_type=PatchType.APPLY,
            field_manager=manager,
            force=True,
        )
        return dict(await answer(call, asked))

    async def prune(self, kind: Kind, manifest: Manifest, pointers: Sequence[str]) -> None:
        """Remove fields of the version that was read."""
        call = self._write("patch", kind)
        metadata = manifest["metadata"]
        # a patch that states the version it was made for conflicts with any other
        version = {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]}
        asked = self._client.patch(
            self._resources[kind],
            metadata["name"],
            [version, *({"op": "remove", "path": pointer} for pointer in pointers)],
            namespace=metadata["namespace"],
            patch_type=PatchType.JSON,
        )
        await answer(call, asked)

    async def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Create an object."""
        call = self._write("create", kind)
        namespace = manifest["metadata"]["namespace"]
        item: GenericNamespacedResource = self._resources[kind].from_dict(manifest)
        created: Manifest = dict(await answer(call, self._client.create(item, namespace=namespace)))  # type: ignore[call-overload]
        return created

    async def patch_status(self, kind: Kind, read: Metadata, status: Manifest) -> Manifest:
        """Merge into the status subresource of the version that was read."""
        call = self._write("patch", kind)
        asked = self._client.patch(
            self._resources[kind].Status,
            read.name,
            {"metadata": {"resourceVersion": read.resource_version}, "status": status},
            namespace=read.namespace,
            patch_type=PatchType.MERGE,
        )
        return dict(await answer(call, asked))

    async def scale(self, namespace: str, deployment: str, replicas: int) -> None:
        """Write the scale subresource."""
        call = self._write("patch", Kind.DEPLOYMENT)
        body = {"spec": {"replicas": replicas}}
        scale = self._resources[Kind.DEPLOYMENT].Scale
        asked = self._client.patch(scale, deployment, body, namespace=namespace, patch_type=PatchType.MERGE)
        await answer(call, asked)

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete in the background."""
        call = self._write("delete", kind)
        resource = self._resources[kind]
        asked = self._client.delete(resource, name, namespace=namespace, cascade=CascadeType.BACKGROUND)
        try:
            await answer(call, asked)
        except ClusterRefused as refused:
            if refused.reason != "NotFound":
                raise

    def _write(self, verb: str, kind: Kind) -> Call:
        """Return a call that ends before this process may have ceased to lead."""
        return Call(verb, kind.value.plural, min(self._fence(), WRITE_SECONDS))
