"""The scenarios' client of the cluster: it reads and kills pods, and reads and changes resources.

It uses the official Kubernetes client with the clone's kubeconfig. Calls block; scenarios run them in threads.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream

ROOT = Path(__file__).resolve().parents[2]
GROUP, VERSION = "photoplatform.io", "v1alpha1"
EXEC_SECONDS = 60
ENGINES, SYSTEM, PHOTOS = "engines", "photoplatform-system", "photos"
Found = TypeVar("Found")
Json = dict[str, Any]


class DeadlineExceeded(AssertionError):
    """A condition was not met before its deadline."""


def wait_for(what: str, look: Callable[[], Found | None], deadline: float, every: float = 0.25) -> Found:
    """Call `look` until it returns something true, and return that.

    Raises:
        DeadlineExceeded: `deadline` seconds passed; the text says what was expected and what was returned last.
    """
    end = time.monotonic() + deadline
    while not (found := look()):
        if time.monotonic() > end:
            raise DeadlineExceeded(f"not within {deadline:g} s: {what}; last result: {found!r}")
        time.sleep(every)
    return found


@dataclass(frozen=True)
class Pod:
    """The fields of a pod that scenarios need."""

    name: str
    uid: str
    ready: bool


class Cluster:
    """One cluster, one platform."""

    def __init__(self, platform: str = "demo", kubeconfig: Path = ROOT / ".local/kubeconfig") -> None:
        self.platform = platform
        api = config.new_client_from_config(str(kubeconfig))
        self._clients = [api, config.new_client_from_config(str(kubeconfig))]
        self.core = client.CoreV1Api(api)
        self.apps = client.AppsV1Api(api)
        self.leases = client.CoordinationV1Api(api)
        self.autoscalers = client.AutoscalingV2Api(api)
        self._custom = client.CustomObjectsApi(api)
        # An exec over a websocket replaces the request method of its client, so it has a client of its own.
        self._exec = client.CoreV1Api(self._clients[1])

    def close(self) -> None:
        """Close every connection."""
        for api in self._clients:
            api.rest_client.pool_manager.clear()
            api.close()

    def pods(self, namespace: str, selector: str) -> list[Pod]:
        """List the pods that match a label selector and are not being deleted."""
        found = self.core.list_namespaced_pod(namespace, label_selector=selector).items
        return [
            Pod(pod.metadata.name, pod.metadata.uid, _is_ready(pod))
            for pod in found
            if pod.metadata.deletion_timestamp is None
        ]

    def engine(self, name: str) -> list[Pod]:
        """List the pods of an engine."""
        return self.pods(ENGINES, f"app.kubernetes.io/name={name}")

    def component(self, name: str) -> list[Pod]:
        """List the pods of a component of the platform."""
        return self.pods(PHOTOS, f"app.kubernetes.io/instance={self.platform},app.kubernetes.io/component={name}")

    def kill(self, namespace: str, pods: list[Pod]) -> None:
        """Delete pods without a grace period."""
        for pod in pods:
            try:
                self.core.delete_namespaced_pod(pod.name, namespace, grace_period_seconds=0)
            except ApiException as error:
                if error.status != 404:
                    raise

    def wait_engine_ready(self, name: str, count: int, deadline: float) -> None:
        """Wait until an engine has its pods, all ready."""
        wait_for(
            f"{count} ready pods of {name}",
            lambda: len([pod for pod in self.engine(name) if pod.ready]) >= count,
            deadline,
        )

    def scale_engine(self, name: str, pods: int) -> None:
        """Set the number of pods of an engine."""
        self.apps.patch_namespaced_stateful_set_scale(name, ENGINES, {"spec": {"replicas": pods}})

    def run(self, namespace: str, pod: str, command: list[str], container: str | None = None) -> str:
        """Run a command in a pod and return what it printed on either stream."""
        target = {"container": container} if container else {}
        running = stream(
            self._exec.connect_get_namespaced_pod_exec,
            pod,
            namespace,
            command=command,
            stderr=True,
            stdout=True,
            _preload_content=False,
            **target,
        )
        try:
            running.run_forever(timeout=EXEC_SECONDS)
            printed: str = running.read_all()
        finally:
            # close() leaves the socket open after the server has closed the connection
            running.sock.shutdown()
        return printed

    def custom(self, plural: str) -> list[Json]:
        """List the platform's custom resources of a kind."""
        listed = self._custom.list_namespaced_custom_object(GROUP, VERSION, PHOTOS, plural)
        items: list[Json] = listed["items"]
        return items

    def change(self, patch: Json) -> None:
        """Merge a patch into the platform's resource."""
        self._custom.patch_namespaced_custom_object(GROUP, VERSION, PHOTOS, "photoplatforms", self.platform, patch)

    def create_platform(self, name: str, spec: Json) -> None:
        """Create another platform in the same namespace."""
        body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "PhotoPlatform", "metadata": {"name": name}, "spec": spec}
        self._custom.create_namespaced_custom_object(GROUP, VERSION, PHOTOS, "photoplatforms", body)

    def delete_platform(self, name: str) -> None:
        """Delete a platform; its children are deleted in the background."""
        self._custom.delete_namespaced_custom_object(GROUP, VERSION, PHOTOS, "photoplatforms", name)

    def spec(self) -> Json:
        """Return the platform's spec, with the API server's defaults."""
        spec: Json = self._read()["spec"]
        return spec

    def status(self) -> Json:
        """Return the platform's status."""
        status: Json = self._read().get("status", {})
        return status

    def _read(self) -> Json:
        found: Json = self._custom.get_namespaced_custom_object(GROUP, VERSION, PHOTOS, "photoplatforms", self.platform)
        return found

    def condition(self, kind: str) -> Json:
        """Return one condition of the platform, or an empty object."""
        found: list[Json] = [c for c in self.status().get("conditions", []) if c["type"] == kind]
        return found[0] if found else {}

    def is_healthy(self) -> bool:
        """Return whether the platform is ready and feeds are pushed."""
        return self.condition("Ready").get("status") == "True" and self.status().get("feedMode") == "Push"

    def fanout_status(self) -> Json:
        """Return the status of the fan-out workers."""
        fanout: Json = self.status().get("workers", {}).get("fanout", {})
        return fanout

    def target_leases(self) -> list[str]:
        """Return the names of the Leases that runbooks hold on their targets."""
        return [found.metadata.name for found in self.leases.list_namespaced_lease(PHOTOS).items]

    def lease_holder(self) -> str:
        """Return the operator's leader: its identity begins with its pod's name."""
        lease = self.leases.read_namespaced_lease("photoplatform-operator", SYSTEM)
        holder: str = lease.spec.holder_identity or ""
        return holder


def _is_ready(pod: Any) -> bool:
    conditions = pod.status.conditions or []
    return any(condition.type == "Ready" and condition.status == "True" for condition in conditions)
