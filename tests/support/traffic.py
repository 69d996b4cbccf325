"""Connections of pods during a run of end-to-end tests, with the pods that were at both ends.

An address belongs to one pod after another, and connection tracking remembers a killed pod's connections for days.
So each connection is attributed to the pods that had its addresses when it was opened. A connection is left out if its
age is unknown, or if a pod that this run never saw had one of its addresses then. `Traffic` is used by
`tests/e2e/test_who_talks_to_whom.py`; everything else here is pure.
"""

import ipaddress
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from msgspec import Struct
from msgspec.structs import replace
from urllib3.exceptions import HTTPError

from hack.cluster.layout import POD_SUBNET
from photo_core.clock import Clock
from tests.support.conntrack import Connection
from tests.support.network_policies import Flow, Peer

if TYPE_CHECKING:
    from datetime import datetime

EVERY_SECONDS = 10.0  # connection tracking keeps a closed connection for two more minutes
ROUNDING_SECONDS = 2.0  # times of pods and ages of connections are whole seconds
# kubelet probes pods from the node, whatever policies say; clients outside of the cluster come through it
NODE = frozenset({"10.89.0.1", "10.244.0.1"})
_PODS = ipaddress.ip_network(POD_SUBNET)


class ObservedConnection(Struct, frozen=True):
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


class AddressOwner(Struct, frozen=True):
    """A pod and the time during which it had its address, in seconds since the Unix epoch."""

    peer: Peer
    since: float
    until: float | None = None

    def had_address_at(self, time: float) -> bool:
        """Whether the pod had its address at a time."""
        return self.since <= time and (self.until is None or time <= self.until + ROUNDING_SECONDS)


Owners = dict[str, AddressOwner]  # by the pod's uid


def build_owners(pods: Iterable[Any], namespaces: dict[str, dict[str, str]]) -> Owners:
    """Return the pods that have an address of their own, finished ones included."""
    return {
        pod.metadata.uid: AddressOwner(
            Peer(
                pod.status.pod_ip,
                pod.metadata.namespace,
                tuple(sorted((pod.metadata.labels or {}).items())),
                tuple(sorted(namespaces[pod.metadata.namespace].items())),
            ),
            pod.status.start_time.timestamp(),
            _finished_at(pod),
        )
        for pod in pods
        if pod.status.pod_ip and not pod.spec.host_network
    }


def _finished_at(pod: Any) -> float | None:
    """Return when the last container of a finished pod ended; its address may be given away from then on."""
    if pod.status.phase not in {"Succeeded", "Failed"}:
        return None
    ended = [status.state.terminated for status in pod.status.container_statuses or () if status.state.terminated]
    times: list[datetime] = [state.finished_at for state in ended if state.finished_at]
    return max(times, default=pod.status.start_time).timestamp()


def update_owners(known: Owners, listed: Owners, now: float) -> Owners:
    """Return all owners so far; a pod that is no longer listed gave its address back by now."""
    gone = {uid: replace(owner, until=now) for uid, owner in known.items() if uid not in listed and owner.until is None}
    return known | listed | gone


def attribute(connection: Connection, owners: Iterable[AddressOwner], now: float) -> ObservedConnection | None:
    """Return a connection with its ends at the time when it was opened, or None if they are not known."""
    if connection.age_seconds is None:
        return None
    opened = now - connection.age_seconds
    then = sorted((owner for owner in owners if owner.had_address_at(opened)), key=lambda owner: owner.since)
    peers = {owner.peer.address: owner.peer for owner in then}
    addresses = (connection.source, connection.asked[0], connection.answering[0])
    if any(_is_unknown_pod(address, peers) for address in addresses):
        return None

    def flow(to: tuple[str, int]) -> Flow:
        address, port = to
        ends = [peers.get(end, Peer(end)) for end in (connection.source, address)]
        return Flow(ends[0], ends[1], connection.protocol, port)

    return ObservedConnection(flow(connection.asked), flow(connection.answering))


def _is_unknown_pod(address: str, peers: dict[str, Peer]) -> bool:
    return address not in peers and address not in NODE and ipaddress.ip_address(address) in _PODS


class Traffic:
    """Reads the table of connections in the background; `seen` holds every connection that concerned a pod."""

    def __init__(self, core: client.CoreV1Api, read: Callable[[], frozenset[Connection]], clock: Clock) -> None:
        self.seen: set[ObservedConnection] = set()
        self._core = core
        self._read = read
        self._clock = clock
        self._owners: Owners = {}
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
        """Add the connections of now."""
        with self._turn:
            self._look()

    def _look(self) -> None:
        now = self._clock.now_ms() / 1000
        table = self._read()
        listed = self._core.list_namespace().items
        namespaces = {found.metadata.name: found.metadata.labels or {} for found in listed}
        pods = build_owners(self._core.list_pod_for_all_namespaces().items, namespaces)
        self._owners = update_owners(self._owners, pods, self._clock.now_ms() / 1000)
        found = (attribute(connection, self._owners.values(), now) for connection in table)
        self.seen |= {seen for seen in found if seen and _concerns_a_pod(seen)}

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            with suppress(ApiException, HTTPError):  # a test may take the API server away
                self.look()


def _concerns_a_pod(seen: ObservedConnection) -> bool:
    return bool(seen.answering.source.labels or seen.answering.destination.labels)
