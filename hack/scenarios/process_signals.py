"""Sends signals to the processes of pods, as the kernel does, without Kubernetes taking part.

A container's first process cannot be killed from inside, and deleting its pod sends SIGTERM first. So a helper pod that
sees the node's processes finds those of a pod by their control group. Used by the scenarios of faults.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes.client.exceptions import ApiException

from hack.scenarios.cluster import PHOTOS, Cluster, Pod, wait_for

NAMESPACE, NAME = "kube-system", "photoplatform-process-signals"
SEND = """
import os, sys
number, *uids = sys.argv[1:]
wanted = [form for uid in uids for form in (uid, uid.replace("-", "_"))]
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        group = open(f"/proc/{process}/cgroup").read()
        command = open(f"/proc/{process}/cmdline").read()
        if any(uid in group for uid in wanted) and not command.startswith("/pause"):
            os.kill(int(process), int(number))
            print(command.replace("\\0", " "))
    except (FileNotFoundError, ProcessLookupError):
        pass
"""
# Suspends and resumes processes in turn for a while; at the end they are always resumed.
ALTERNATE = """
import os, signal, sys, time
stopped, running, seconds, *uids = sys.argv[1:]
wanted = [form for uid in uids for form in (uid, uid.replace("-", "_"))]

def send(number):
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            group = open(f"/proc/{process}/cgroup").read()
            command = open(f"/proc/{process}/cmdline").read()
            if any(uid in group for uid in wanted) and not command.startswith("/pause"):
                os.kill(int(process), number)
        except (FileNotFoundError, ProcessLookupError):
            pass

end = time.monotonic() + float(seconds)
try:
    while time.monotonic() < end:
        send(signal.SIGSTOP)
        time.sleep(float(stopped))
        send(signal.SIGCONT)
        time.sleep(float(running))
finally:
    send(signal.SIGCONT)
print("alternated")
"""
ALTERNATING_SECONDS = 10


class ProcessSignals:
    """Sends signals to all processes of pods."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def send(self, pods: list[Pod], number: signal.Signals) -> None:
        """Send a signal to all processes in these pods.

        Raises:
            AssertionError: there is no process.
        """
        command = ["python3", "-c", SEND, str(int(number)), *(pod.uid for pod in pods)]
        printed = self._cluster.run(NAMESPACE, NAME, command)
        if not printed.strip() or "Traceback" in printed:
            raise AssertionError(f"{number.name} reached nothing of {[pod.name for pod in pods]}: {printed}")

    def alternate(self, pods: list[Pod], stopped: float, running: float) -> None:
        """Suspend and resume all processes in these pods in turn for ten seconds; in the end they run.

        Raises:
            AssertionError: the helper failed.
        """
        times = [str(stopped), str(running), str(ALTERNATING_SECONDS)]
        command = ["python3", "-c", ALTERNATE, *times, *(pod.uid for pod in pods)]
        printed = self._cluster.run(NAMESPACE, NAME, command)
        if "alternated" not in printed:
            raise AssertionError(f"{[pod.name for pod in pods]}: {printed}")


@contextmanager
def process_signals(cluster: Cluster) -> Iterator[ProcessSignals]:
    """Run the helper pod while the block lasts."""
    image = cluster.apps.read_namespaced_deployment(f"{cluster.platform}-api", PHOTOS).spec.template.spec
    _remove(cluster)
    cluster.core.create_namespaced_pod(NAMESPACE, build_helper(image.containers[0].image))
    try:
        wait_for("the helper that sends signals", lambda: _is_running(cluster), 60)
        yield ProcessSignals(cluster)
    finally:
        _remove(cluster)


def build_helper(image: str) -> dict[str, Any]:
    """Return the manifest of a pod that can only see and signal the node's processes."""
    rights = {
        "runAsUser": 0,
        "runAsNonRoot": False,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": ["KILL", "SYS_PTRACE"]},
    }
    container = {
        "name": "helper",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "3600"],
        "securityContext": rights,
    }
    return {
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "hostPID": True,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "containers": [container],
        },
    }


def _is_running(cluster: Cluster) -> bool:
    found = cluster.core.read_namespaced_pod(NAME, NAMESPACE)
    return bool(found.status.phase == "Running")


def _remove(cluster: Cluster) -> None:
    try:
        cluster.core.delete_namespaced_pod(NAME, NAMESPACE, grace_period_seconds=0)
    except ApiException as error:
        if error.status != 404:
            raise
    wait_for("the helper to be gone", lambda: _is_gone(cluster), 30)


def _is_gone(cluster: Cluster) -> bool:
    found = cluster.core.list_namespaced_pod(NAMESPACE, field_selector=f"metadata.name={NAME}").items
    return not found
