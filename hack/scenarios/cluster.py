"""The cluster as a scenario sees it: pods to kill, resources to read and to change.

Uses the official client with the clone's own kubeconfig. Calls block; scenarios run them in threads.
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


class TooLate(AssertionError):
    """A condition did not come true before its deadline."""


def wait_for(what: str, look: Callable[[], Found | None], deadline: float, every: float = 0.25) -> Found:
    """Look until something true is found, and return it.

    Raises:
        TooLate: the deadline (seconds) passed; it says what was waited for and what was seen last.
    """
    end = time.monotonic() + deadline
    while not (found := look()):
        if time.monotonic() > end:
            raise TooLate(f"not within {deadline:g} s: {what}; last seen: {found!r}")
        time.sleep(every)
    return found


@dataclass(frozen=True)
class Pod:
    """What a scenario needs to know of a pod."""

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
        # a websocket exec rewrites its client's request method: it gets one of its own
        self._exec = client.CoreV1Api(self._clients[1])

    def close(self) -> None:
        """Close every connection."""
        for api in self._clients:
            api.rest_client.pool_manager.clear()
            api.close()

    def pods(self, namespace: str, selector: str) -> list[Pod]:
        """List the pods that a label selector finds and that are not going away."""
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
        """Delete pods without grace."""
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
        """Set how many pods an engine has."""
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
            # close() leaves the socket open once the server has said goodbye
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
        """Create another platform beside this one."""
        body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "PhotoPlatform", "metadata": {"name": name}, "spec": spec}
        self._custom.create_namespaced_custom_object(GROUP, VERSION, PHOTOS, "photoplatforms", body)

    def delete_platform(self, name: str) -> None:
        """Delete a platform; what it owned goes in the background."""
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
        """Return one condition of the platform, empty if it is not there."""
        found: list[Json] = [c for c in self.status().get("conditions", []) if c["type"] == kind]
        return found[0] if found else {}

    def is_well(self) -> bool:
        """Tell whether the platform is ready and feeds are pushed."""
        return self.condition("Ready").get("status") == "True" and self.status().get("feedMode") == "Push"

    def fanout_status(self) -> Json:
        """Return what the status says of the fan-out workers."""
        fanout: Json = self.status().get("workers", {}).get("fanout", {})
        return fanout

    def target_leases(self) -> list[str]:
        """Return the targets of runbooks that are held now."""
        return [found.metadata.name for found in self.leases.list_namespaced_lease(PHOTOS).items]

    def lease_holder(self) -> str:
        """Return the operator's leader: its identity begins with its pod's name."""
        lease = self.leases.read_namespaced_lease("photoplatform-operator", SYSTEM)
        holder: str = lease.spec.holder_identity or ""
        return holder


def _is_ready(pod: Any) -> bool:
    conditions = pod.status.conditions or []
    return any(condition.type == "Ready" and condition.status == "True" for condition in conditions)
