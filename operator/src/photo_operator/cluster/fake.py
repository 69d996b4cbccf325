"""The cluster port in memory, for tests: what the operator relies on of the API server, and no more.

Applied objects are merged and their fields are owned; a write that changes nothing leaves the resourceVersion;
deletion takes what is owned.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from photo_operator.cluster.fake_fields import write
from photo_operator.cluster.kinds import FIELD_MANAGER, Kind
from photo_operator.cluster.port import ALL_NAMESPACES, CONFLICT, ClusterRefused
from photo_operator.crds.platform import Manifest, Metadata

Key = tuple[Kind, str, str]
T = TypeVar("T")


def copied(manifest: T) -> T:
    """Return a copy, as it comes over the wire: JSON knows no tuples."""
    copy: T = msgspec.json.decode(msgspec.json.encode(manifest))
    return copy


class Write(Struct, frozen=True):
    """One write as it was asked for."""

    verb: str
    kind: Kind
    name: str


def merge_patch(live: Any, patch: Any) -> Any:
    """Return what a JSON merge patch makes of an object (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    base = dict(live) if isinstance(live, dict) else {}
    for key, value in patch.items():
        if value is None:
            base.pop(key, None)
        else:
            base[key] = merge_patch(base.get(key), value)
    return base


class FakeCluster:
    """Objects in a dictionary; `writes` is what was asked for, in order."""

    def __init__(self, fence: Callable[[], float] = lambda: math.inf) -> None:
        self.objects: dict[Key, Manifest] = {}
        self.writes: list[Write] = []
        self.refused: set[tuple[Kind, str]] = set()  # what an admission policy would not have
        self._fence = fence
        self._versions = itertools.count(1)

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Return an object, or None."""
        return copied(self.objects.get((kind, namespace, name)))

    async def list(self, kind: Kind, namespace: str, labels: dict[str, str] | None = None) -> list[Manifest]:
        """Return the objects that carry the labels."""
        wanted = (labels or {}).items()
        return [
            copied(manifest)
            for (found, where, _), manifest in sorted(self.objects.items(), key=lambda item: item[0][2])
            if found is kind
            and namespace in (where, ALL_NAMESPACES)
            and wanted <= manifest["metadata"].get("labels", {}).items()
        ]

    async def apply(self, kind: Kind, manifest: Manifest, manager: str) -> Manifest:
        """Merge a manifest into what is there."""
        self._note(f"apply as {manager}", kind, manifest["metadata"]["name"])
        key = (kind, manifest["metadata"]["namespace"], manifest["metadata"]["name"])
        self._compare(key, manifest["metadata"].get("resourceVersion", ""))
        return self._store(key, write(self.objects.get(key, {}), manifest, {"manager": manager, "operation": "Apply"}))

    async def prune(self, kind: Kind, manifest: Manifest, pointers: Sequence[str]) -> None:
        """Remove what stands at JSON pointers."""
        self._note("prune", kind, manifest["metadata"]["name"])
        key = (kind, manifest["metadata"]["namespace"], manifest["metadata"]["name"])
        live = copied(self._existing(key))
        self._compare(key, manifest["metadata"]["resourceVersion"])
        for pointer in pointers:
            _remove(live, pointer)
        self._store(key, live)

    def edit(self, kind: Kind, name: str, manifest: Manifest, manager: str) -> Manifest:
        """Merge into an object as somebody else would, who then owns what changed."""
        key = next(key for key in self.objects if key[0] is kind and key[2] == name)
        return self._store(key, write(self.objects[key], manifest, {"manager": manager, "operation": "Update"}))

    async def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Store a new object."""
        metadata = manifest["metadata"]
        name = metadata.get("name") or f"{metadata['generateName']}{next(self._versions)}"
        self._note("create", kind, name)
        key = (kind, metadata["namespace"], name)
        if key in self.objects:
            raise ClusterRefused("AlreadyExists", f"{name} already exists")
        return self._store(key, manifest | {"metadata": metadata | {"name": name}})

    async def patch_status(self, kind: Kind, read: Metadata, status: Manifest) -> Manifest:
        """Merge a status into the version that was read."""
        self._note("status", kind, read.name)
        key = (kind, read.namespace, read.name)
        live = self._existing(key)
        self._compare(key, read.resource_version)
        return self._store(key, live | {"status": merge_patch(live.get("status"), status)})

    async def scale(self, namespace: str, deployment: str, replicas: int) -> None:
        """Set a Deployment's number of pods."""
        self._note("scale", Kind.DEPLOYMENT, deployment)
        key, body = (Kind.DEPLOYMENT, namespace, deployment), {"spec": {"replicas": replicas}}
        scaled = {"manager": FIELD_MANAGER, "operation": "Update", "subresource": "scale"}
        self._store(key, write(self._existing(key), body, scaled))

    async def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete an object and what it owns."""
        self._note("delete", kind, name)
        self.remove(kind, namespace, name)

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete as somebody else would."""
        gone = self.objects.pop((kind, namespace, name), None)
        if gone is None:
            return
        uid = gone["metadata"]["uid"]
        owned = [key for key, held in self.objects.items() if uid in _owners(held)]
        for key in owned:
            self.remove(*key)

    def put(self, kind: Kind, manifest: Manifest) -> Manifest:
        """Store an object as somebody else would."""
        metadata = manifest["metadata"]
        return self._store((kind, metadata["namespace"], metadata["name"]), manifest)

    def _compare(self, key: Key, version: str) -> None:
        live = self.objects.get(key, {"metadata": {"resourceVersion": "none"}})
        if version not in ("", live["metadata"]["resourceVersion"]):
            raise ClusterRefused(CONFLICT, f"{key[2]} was changed meanwhile")

    def _existing(self, key: Key) -> Manifest:
        if key not in self.objects:
            raise ClusterRefused("NotFound", f"{key[2]} not found")
        return self.objects[key]

    def _store(self, key: Key, manifest: Manifest) -> Manifest:
        before = self.objects.get(key)
        stored = copied(manifest)
        if before is None or _content(before) != _content(stored):
            metadata = stored["metadata"]
            metadata["resourceVersion"] = str(next(self._versions))
            metadata.setdefault("uid", f"uid-{key[0].value.plural}-{key[2]}")
            metadata["generation"] = metadata.get("generation", 0) + _is_new_spec(before, stored)
            self.objects[key] = stored
        return copied(self.objects[key])

    def _note(self, verb: str, kind: Kind, name: str) -> None:
        self._fence()
        self.writes.append(Write(verb, kind, name))
        if (kind, name) in self.refused:
            raise ClusterRefused("Forbidden", f"{name} is not allowed")


def _is_new_spec(before: Manifest | None, stored: Manifest) -> bool:
    """Whether an object's generation grows: a status is no part of what is wanted."""
    return before is None or {**before, "status": 0, "metadata": 0} != {**stored, "status": 0, "metadata": 0}


def _content(manifest: Manifest) -> Manifest:
    metadata = {k: v for k, v in manifest["metadata"].items() if k not in ("resourceVersion", "generation", "uid")}
    return manifest | {"metadata": metadata}


def _remove(manifest: Any, pointer: str) -> None:
    *way, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    for step in way:
        manifest = manifest[int(step) if isinstance(manifest, list) else step]
    del manifest[int(last) if isinstance(manifest, list) else last]


def _owners(manifest: Manifest) -> list[str]:
    return [reference["uid"] for reference in manifest["metadata"].get("ownerReferences", ())]
