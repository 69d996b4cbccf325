"""Where nothing changes nothing is written: the operator's own count, and what stands in the cluster, agree."""

import re
import time
from typing import Any

import pytest
from kubernetes import client

from hack.scenarios.cluster import GROUP, PHOTOS, SYSTEM, VERSION, Cluster, wait_for

OPERATOR = "app.kubernetes.io/name=photoplatform-operator"
OURS = "app.kubernetes.io/managed-by=photoplatform-operator"
WRITES = ("create", "patch", "update", "delete")
CALM_SECONDS = 40  # more than the scaler waits before it takes a worker away
QUIET_SECONDS, LONG_QUIET_SECONDS = 60, 600
ATTEMPTS = 3
COUNTED = re.compile(
    r'^photoplatform_operator_api_calls_total\{code="\w+",resource="(\w+)",verb="(\w+)"\} (\S+)$', re.MULTILINE
)


class Watcher:
    """Sees what the operator writes."""

    def __init__(self, cluster: Cluster) -> None:
        api = cluster.core.api_client
        self._cluster = cluster
        self._custom = client.CustomObjectsApi(api)
        self._networking = client.NetworkingV1Api(api)
        self._rbac = client.RbacAuthorizationV1Api(api)

    def writes(self) -> dict[str, float]:
        """Return how many writes the operator's replicas have counted, but for their Leases."""
        found: dict[str, float] = {}
        for pod in self._cluster.pods(SYSTEM, OPERATOR):
            answered: Any = self._cluster.core.connect_get_namespaced_pod_proxy_with_path(
                f"{pod.name}:9100", SYSTEM, "metrics"
            )
            for resource, verb, value in COUNTED.findall(answered):
                if verb in WRITES and resource != "leases":
                    found[f"{pod.name} {verb} {resource}"] = float(value)
        return found

    def no_incident(self) -> bool:
        """Whether no platform is being remedied."""
        found = self._custom.list_namespaced_custom_object(GROUP, VERSION, PHOTOS, "photoplatforms")["items"]
        conditions = [condition for item in found for condition in item.get("status", {}).get("conditions", [])]
        remediating = [condition["status"] for condition in conditions if condition["type"] == "Remediating"]
        return len(remediating) == len(found) and set(remediating) == {"False"}

    def versions(self) -> dict[str, str]:
        """Return the versions of what nobody but the operator writes."""
        core, name = self._cluster.core, self._cluster.platform
        platform = self._custom.get_namespaced_custom_object(GROUP, VERSION, PHOTOS, "photoplatforms", name)
        listed = [
            *core.list_namespaced_config_map(PHOTOS, label_selector=OURS).items,
            *core.list_namespaced_service(PHOTOS, label_selector=OURS).items,
            *core.list_namespaced_service_account(PHOTOS, label_selector=OURS).items,
            *self._networking.list_namespaced_network_policy(PHOTOS, label_selector=OURS).items,
            *self._rbac.list_namespaced_role(PHOTOS, label_selector=OURS).items,
            *self._rbac.list_namespaced_role_binding(PHOTOS, label_selector=OURS).items,
        ]
        children = {f"{type(item).__name__} {item.metadata.name}": item.metadata.resource_version for item in listed}
        return children | {"PhotoPlatform": platform["metadata"]["resourceVersion"]}

    def events(self) -> set[str]:
        """Return the Events that the operator has told, with the version of each."""
        found = self._cluster.core.list_namespaced_event(PHOTOS).items
        ours = [event for event in found if event.reporting_component == "photoplatform-operator"]
        return {f"{event.metadata.name} {event.metadata.resource_version}" for event in ours}


@pytest.mark.drill
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seconds", [QUIET_SECONDS, LONG_QUIET_SECONDS], ids="{} seconds".format)
@pytest.mark.usefixtures("people")
def test_a_quiet_platform_is_not_written(cluster: Cluster, seconds: float) -> None:
    watcher = Watcher(cluster)
    differences = [_written(watcher, seconds)]
    while differences[-1] and len(differences) < ATTEMPTS:  # what a test before has stirred up may come to rest late
        differences.append(_written(watcher, seconds))
    assert not differences[-1]


def _written(watcher: Watcher, seconds: float) -> list[str]:
    """Return what was written in so many seconds after the last incident."""
    wait_for("no incident to be under way", watcher.no_incident, 180, every=1)
    _calm(watcher)
    writes, versions, events = watcher.writes(), watcher.versions(), watcher.events()
    assert versions
    end = time.monotonic() + seconds
    wait_for("the quiet time to pass", lambda: time.monotonic() > end, seconds + 5, every=1)
    changed = {**watcher.writes(), **watcher.versions()}.items() ^ {**writes, **versions}.items()
    return [*sorted(name for name, _ in changed), *sorted(watcher.events() - events)]


def _calm(watcher: Watcher) -> None:
    """Wait until what went before has been dealt with."""
    seen = [(watcher.writes(), time.monotonic())]

    def calm() -> bool:
        now = watcher.writes()
        if now != seen[0][0]:
            seen[0] = (now, time.monotonic())
        return time.monotonic() - seen[0][1] > CALM_SECONDS

    wait_for("the operator to have written all there is to write", calm, 240, every=1)
