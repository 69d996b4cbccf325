"""Copies of our CRDs under a group of their own, so that tests may change them while a platform runs beside.

Kinds and plurals have other names too, or `kubectl get photoplatforms` would be ambiguous meanwhile.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from hack.scenarios.cluster import Json, wait_for

GROUP = "photoplatform-test.io"
NAMESPACE = "default"  # of the objects, which go with their CRD
SERVED_SECONDS = 60


def read_crds(folder: Path) -> list[Json]:
    """Return the CRDs of a folder."""
    return [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))]


def build_copy(crd: Json) -> Json:
    """Return a CRD under the tests' group and names."""
    names = crd["spec"]["names"]
    kind, plural = f"Tested{names['kind']}", f"tested{names['plural']}"
    copied = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": crd["apiVersion"],
        "kind": crd["kind"],
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": crd["spec"] | {"group": GROUP, "names": copied},
    }


def build_object(manifest: Json) -> Json:
    """Return an object as one of its copied kind."""
    metadata = manifest["metadata"] | {"namespace": NAMESPACE}
    version = manifest["apiVersion"].partition("/")[2]
    return manifest | {"apiVersion": f"{GROUP}/{version}", "kind": f"Tested{manifest['kind']}", "metadata": metadata}


class CrdCopies:
    """The copies in the cluster."""

    def __init__(self, api: client.ApiClient) -> None:
        self._crds = client.ApiextensionsV1Api(api)
        self._objects = client.CustomObjectsApi(api)

    def install(self, folder: Path) -> None:
        """Bring the copies to what a folder's CRDs say, and wait until the API server serves them."""
        for copy in map(build_copy, read_crds(folder)):
            name = copy["metadata"]["name"]
            found = self._found(name)
            if found is None:
                self._crds.create_custom_resource_definition(copy)
            else:
                copy["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
                self._crds.replace_custom_resource_definition(name, copy)
            wait_for(f"{name} to be served", partial(self._is_served, name), SERVED_SECONDS)

    def remove(self) -> None:
        """Delete the copies with all their objects, and wait until they are gone."""
        for name in self._names():
            self._crds.delete_custom_resource_definition(name)
        wait_for("the copies to go", lambda: not self._names(), SERVED_SECONDS)

    def create(self, manifest: Json, *, dry_run: bool = False) -> Json:
        """Create an object, strictly; dry_run only asks whether it would be accepted."""
        copy = build_object(manifest)
        words = {"dry_run": "All"} if dry_run else {}
        created: Json = self._objects.create_namespaced_custom_object(
            *self._where(copy), copy, field_validation="Strict", **words
        )
        return created

    def read(self, manifest: Json) -> Json:
        """Return an object as it is stored."""
        copy = build_object(manifest)
        found: Json = self._objects.get_namespaced_custom_object(*self._where(copy), copy["metadata"]["name"])
        return found

    def replace(self, stored: Json, *, dry_run: bool = False) -> Json:
        """Replace a stored object."""
        words = {"dry_run": "All"} if dry_run else {}
        where = (*self._where(stored), stored["metadata"]["name"])
        replaced: Json = self._objects.replace_namespaced_custom_object(*where, stored, **words)
        return replaced

    def replace_status(self, stored: Json) -> Json:
        """Replace the status of a stored object."""
        where = (*self._where(stored), stored["metadata"]["name"])
        replaced: Json = self._objects.replace_namespaced_custom_object_status(*where, stored)
        return replaced

    def delete(self, stored: Json) -> None:
        """Delete a stored object."""
        self._objects.delete_namespaced_custom_object(*self._where(stored), stored["metadata"]["name"])

    def _where(self, copy: Json) -> tuple[str, str, str, str]:
        version = copy["apiVersion"].partition("/")[2]
        return GROUP, version, NAMESPACE, f"{copy['kind'].lower()}s"

    def _found(self, name: str) -> Any:
        try:
            found = self._crds.read_custom_resource_definition(name, _preload_content=False)
        except ApiException as refused:
            if refused.status == 404:
                return None
            raise
        return json.loads(found.data)

    def _is_served(self, name: str) -> bool:
        status = self._found(name).get("status", {})
        return any(c["type"] == "Established" and c["status"] == "True" for c in status.get("conditions") or ())

    def _names(self) -> list[str]:
        listed = json.loads(self._crds.list_custom_resource_definition(_preload_content=False).data)
        return [found["metadata"]["name"] for found in listed["items"] if found["spec"]["group"] == GROUP]
