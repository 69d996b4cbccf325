"""Connections of pods during a run of end-to-end tests, with who their ends were at the time."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Self

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from msgspec import Struct
from urllib3.exceptions import HTTPError

from tests.support.conntrack import Connection
from tests.support.network_policies import Flow, Peer

EVERY_SECONDS = 10.0  # a closed connection is known for two minutes more


class Seen(Struct, frozen=True):
    """A connection between two ends; a policy may be about the address that was asked for, or the answering one."""

    asked: Flow
    answering: Flow

    @property
    def text(self) -> str:
        """The connection, for people."""
        ends = [dict(peer.labels).get("app.kubernetes.io/component") or peer.address for peer in self._ends()]
        return f"{ends[0]} -> {ends[1]} {self.asked.protocol} {self.asked.port}/{self.answering.port}"

    def _ends(self) -> tuple[Peer, Peer]:
        return self.answering.source, self.answering.destination


def build_peers(pods: Iterable[Any], namespaces: dict[str, dict[str, str]]) -> dict[str, Peer]:
    """Return the pods that are there by their address."""
    return {
        pod.status.pod_ip: Peer(
            pod.status.pod_ip,
            pod.metadata.namespace,
            tuple(sorted((pod.metadata.labels or {}).items())),
            tuple(sorted(namespaces[pod.metadata.namespace].items())),
        )
        for pod in pods
        if pod.status.pod_ip and not pod.spec.host_network
    }


def attribute(connection: Connection, peers: dict[str, Peer]) -> Seen:
    """Return a connection with its ends."""

    def flow(to: tuple[str, int]) -> Flow:
        address, port = to
        ends = [peers.get(end, Peer(end)) for end in (connection.source, address)]
        return Flow(ends[0], ends[1], connection.protocol, port)

    return Seen(flow(connection.asked), flow(connection.answering))


class Traffic:
    """Reads the table of connections in the background; `seen` is all that concerned a pod."""

    def __init__(self, core: client.CoreV1Api, read: Callable[[], frozenset[Connection]]) -> None:
        self.seen: set[Seen] = set()
        self._core = core
        self._read = read
        self._peers: dict[str, Peer] = {}  # a pod that is gone has connections that are known for a while
        self._stop = threading.Event()
        self._turn = threading.Lock()  # a client is asked by one thread at a time
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def look(self) -> None:
        """Add what is known of now."""
        with self._turn:
            self._look()

    def _look(self) -> None:
        listed = self._core.list_namespace().items
        namespaces = {found.metadata.name: found.metadata.labels or {} for found in listed}
        self._peers |= build_peers(self._core.list_pod_for_all_namespaces().items, namespaces)
        ends = (attribute(connection, self._peers) for connection in self._read())
        self.seen |= {seen for seen in ends if seen.answering.source.labels or seen.answering.destination.labels}

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            with suppress(ApiException, HTTPError):  # a test may take the API server away
                self.look()
