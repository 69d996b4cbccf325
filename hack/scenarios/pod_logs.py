"""Collects the logs of a component's pods, including pods that start and end meanwhile. Used by tests of scaling."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from hack.scenarios.cluster import PHOTOS, Cluster

POLL_SECONDS = 0.5


class PodLogs:
    """Follows the log of each pod from its beginning, with a thread per pod."""

    def __init__(self, cluster: Cluster, component: str) -> None:
        self._cluster = cluster
        self._component = component
        self._ended = threading.Event()
        self._lines: dict[str, list[str]] = {}

    def texts(self) -> dict[str, str]:
        """Return pod -> its log so far."""
        return {name: "".join(lines) for name, lines in self._lines.items()}

    def run(self) -> None:
        """Look for new pods until `end` is called."""
        while not self._ended.wait(POLL_SECONDS):
            for pod in self._cluster.component(self._component):
                if pod.name not in self._lines:
                    self._lines[pod.name] = []
                    threading.Thread(target=self._follow, args=(pod.name,), daemon=True).start()

    def end(self) -> None:
        """Stop looking for new pods; the threads end with their pods."""
        self._ended.set()

    def _follow(self, pod: str) -> None:
        """Read until the pod ends; retry while its container has not started."""
        while not self._ended.wait(POLL_SECONDS):
            with suppress(ApiException, HTTPError):
                read = self._cluster.core.read_namespaced_pod_log
                with read(pod, PHOTOS, follow=True, _preload_content=False) as stream:
                    self._lines[pod].extend(chunk.decode(errors="replace") for chunk in stream.stream())
                return


@contextmanager
def followed_logs(cluster: Cluster, component: str) -> Iterator[PodLogs]:
    """Follow the logs of a component's pods while the block lasts."""
    # Following a log occupies a connection, so this client is used for nothing else.
    logs = PodLogs(Cluster(cluster.platform), component)
    looking = threading.Thread(target=logs.run, daemon=True)
    looking.start()
    try:
        yield logs
    finally:
        logs.end()
        looking.join()
