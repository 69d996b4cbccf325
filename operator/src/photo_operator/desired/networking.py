"""Service, NetworkPolicies and PodDisruptionBudgets. Pure; called by `assemble`.

A policy lets a component reach its engines' ports, DNS and the API server, and lets in the API's users and whoever
scrapes metrics. Engines may stand anywhere, so that egress is limited by port.
"""

from urllib.parse import urlsplit

from photo_core.errors import Engine
from photo_core.settings import HTTP_PORT, METRICS_PORT
from photo_operator.components.catalog import DEPLOYED, PROVISIONER, Component, ComponentRecord
from photo_operator.crds.metadata import NAME, child_metadata
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.desired.pods import pod_selector

DNS_PORTS: tuple[tuple[str, int], ...] = (("UDP", 53), ("TCP", 53))
API_SERVER_PORTS = (443, 6443)  # the Service's and the usual one behind it
SCRAPERS = ("photoplatform-operator", "prometheus")


def service_name(platform: str) -> str:
    """Return the Service of the API."""
    return f"{platform}-api"


def build_service(platform: Platform) -> Manifest:
    """Return the Service of the API."""
    wanted = platform.spec.api.service
    port: Manifest = {"name": "http", "port": HTTP_PORT, "protocol": "TCP", "targetPort": "http"}
    if wanted.node_port is not None:
        port["nodePort"] = wanted.node_port
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": child_metadata(platform, service_name(platform.metadata.name), Component.API),
        "spec": {"type": wanted.type.value, "selector": pod_selector(platform, Component.API), "ports": [port]},
    }


def _ports_in(addresses: tuple[str, ...], default: int) -> set[int]:
    found = [address.rpartition(":") for address in addresses]
    return {int(port) if host else default for host, _, port in found}


def engine_ports(platform: Platform, postgres_port: int) -> dict[Engine, set[int]]:
    """Return the TCP ports of each engine; PostgreSQL's stands in its Secret."""
    engines = platform.spec.engines
    return {
        Engine.KAFKA: _ports_in(tuple(engines.kafka.bootstrap_servers.split(",")), 9092),
        Engine.REDIS: _ports_in(engines.redis.nodes, 6379),
        Engine.CASSANDRA: _ports_in(engines.cassandra.hosts, 9042),
        Engine.POSTGRES: {postgres_port},
        Engine.OBJECT_STORAGE: {_port_of(engines.object_storage.endpoint)},
    }


def _port_of(endpoint: str) -> int:
    parts = urlsplit(endpoint)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _tcp(port: int) -> Manifest:
    return {"protocol": "TCP", "port": port}


def _egress(platform: Platform, spec: ComponentRecord, ports: dict[Engine, set[int]]) -> list[Manifest]:
    engines = sorted({port for engine in spec.engines for port in ports[engine]})
    storage = platform.spec.engines.object_storage
    public = _tcp(_port_of(storage.public_endpoint or storage.endpoint))
    return [
        {"ports": [{"protocol": protocol, "port": port} for protocol, port in DNS_PORTS]},
        {"ports": [_tcp(port) for port in engines]},
        *([{"ports": [_tcp(port) for port in API_SERVER_PORTS]}] if spec.watches_policy else []),
        *([{"ports": [public]}] if spec.uses_public_endpoint else []),
    ]


def _ingress(spec: ComponentRecord) -> list[Manifest]:
    if spec is PROVISIONER:
        return []
    scrapers: list[Manifest] = [
        {"namespaceSelector": {}, "podSelector": {"matchLabels": {NAME: name}}} for name in SCRAPERS
    ]
    scraped: Manifest = {"from": scrapers, "ports": [_tcp(METRICS_PORT)]}
    if spec.serves_http:
        return [{"ports": [_tcp(HTTP_PORT)]}, scraped]
    return [scraped]


def build_network_policy(platform: Platform, spec: ComponentRecord, ports: dict[Engine, set[int]]) -> Manifest:
    """Return what a component may reach and who may reach it."""
    body: Manifest = {
        "podSelector": {"matchLabels": pod_selector(platform, spec.component)},
        "policyTypes": ["Ingress", "Egress"],
        "egress": _egress(platform, spec, ports),
    }
    ingress = _ingress(spec)
    if ingress:
        body["ingress"] = ingress
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": child_metadata(platform, f"{platform.metadata.name}-{spec.component}", spec.component),
        "spec": body,
    }


def build_network_policies(platform: Platform, postgres_port: int) -> list[Manifest]:
    """Return one policy a component."""
    ports = engine_ports(platform, postgres_port)
    return [build_network_policy(platform, spec, ports) for spec in (*DEPLOYED, PROVISIONER)]


def build_disruption_budgets(platform: Platform) -> list[Manifest]:
    """Let a drain take one pod of a component at a time."""
    return [
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": child_metadata(platform, f"{platform.metadata.name}-{spec.component}", spec.component),
            "spec": {
                "maxUnavailable": 1,
                "selector": {"matchLabels": pod_selector(platform, spec.component)},
            },
        }
        for spec in DEPLOYED
    ]
