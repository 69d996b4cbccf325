"""What NetworkPolicies allow, as their specification says. Pure: for the node whose network does not enforce them."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

Policy = dict[str, Any]


class Peer(Struct, frozen=True):
    """One end of a connection; whoever is no pod has neither labels nor a namespace."""

    address: str
    namespace: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    namespace_labels: tuple[tuple[str, str], ...] = ()


class Flow(Struct, frozen=True):
    """One connection, by who began it."""

    source: Peer
    destination: Peer
    protocol: str
    port: int


def selects(selector: Mapping[str, Any], labels: Iterable[tuple[str, str]]) -> bool:
    """Whether a label selector fits."""
    known = dict(labels)
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= known.items() and all(_fits(rule, known) for rule in selector.get("matchExpressions", ()))


def _fits(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(rule["key"]), rule.get("values", ())
    match rule["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


def allows(policies: Iterable[Policy], flow: Flow) -> bool:
    """Whether both ends allow a connection; an end that no policy is about allows all."""
    known = list(policies)
    return _side(known, flow, "Egress") and _side(known, flow, "Ingress")


def _side(policies: Iterable[Policy], flow: Flow, direction: str) -> bool:
    here, there = (flow.source, flow.destination) if direction == "Egress" else (flow.destination, flow.source)
    about = [policy for policy in policies if _is_about(policy, here) and direction in policy["spec"]["policyTypes"]]
    rules = [(policy, rule) for policy in about for rule in policy["spec"].get(direction.lower(), ())]
    peers = "to" if direction == "Egress" else "from"
    return not about or any(
        _has_port(rule.get("ports"), flow) and _has_peer(rule.get(peers), there, policy["metadata"]["namespace"])
        for policy, rule in rules
    )


def _is_about(policy: Policy, peer: Peer) -> bool:
    same = policy["metadata"]["namespace"] == peer.namespace
    return same and selects(policy["spec"]["podSelector"], peer.labels)


def _has_port(ports: list[Any] | None, flow: Flow) -> bool:
    if not ports:
        return True
    return any(
        port.get("protocol", "TCP") == flow.protocol and port.get("port", flow.port) <= flow.port
        and flow.port <= port.get("endPort", port.get("port", flow.port))
        for port in ports
    )  # fmt: skip


def _has_peer(peers: list[Any] | None, peer: Peer, namespace: str) -> bool:
    return not peers or any(_is_peer(wanted, peer, namespace) for wanted in peers)


def _is_peer(wanted: Mapping[str, Any], peer: Peer, namespace: str) -> bool:
    if "ipBlock" in wanted:
        block = wanted["ipBlock"]
        address = ipaddress.ip_address(peer.address)
        inside = address in ipaddress.ip_network(block["cidr"])
        return inside and not any(address in ipaddress.ip_network(net) for net in block.get("except", ()))
    if peer.namespace is None:
        return False
    if "namespaceSelector" in wanted:
        in_namespace = selects(wanted["namespaceSelector"], peer.namespace_labels)
    else:
        in_namespace = peer.namespace == namespace
    return in_namespace and selects(wanted.get("podSelector", {}), peer.labels)
