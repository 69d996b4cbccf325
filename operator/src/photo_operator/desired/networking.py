"""Service, NetworkPolicies and PodDisruptionBudgets. Pure; called by `assemble`.

A policy allows egress to the ports of the component's engines, to DNS and, if needed, to the API server; and ingress
from users of the API and from scrapers of metrics. Engines may be anywhere, so egress is limited by port alone.
"""

from collections.abc import Mapping

from photo_core.errors import Engine
from photo_core.settings import HTTP_PORT, METRICS_PORT
from photo_operator.components.catalog import DEPLOYED, PROVISIONER, Component, ComponentRecord
from photo_operator.crds.metadata import NAME, child_metadata
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.desired.pods import pod_selector

DNS_PORTS: tuple[tuple[str, int], ...] = (("UDP", 53), ("TCP", 53))
API_SERVER_PORTS = (443, 6443)  # of its Service, and the usual one of its endpoints
EnginePorts = Mapping[Engine, frozenset[int]]
SecretContents = Mapping[str, Mapping[str, str] | None]
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


def engine_ports(platform: Platform, secrets: SecretContents | None = None) -> EnginePorts:
    """Return the TCP ports of each engine that the platform uses; `secrets` is name -> content of its Secrets."""
    known = secrets or {}
    records = platform.spec.engines.by_name().items()
    return {engine: record.ports(known.get(record.secret_ref.name) or {}) for engine, record in records}


def _tcp(port: int) -> Manifest:
    return {"protocol": "TCP", "port": port}


def _egress(platform: Platform, record: ComponentRecord, ports: EnginePorts) -> list[Manifest]:
    engines = sorted({port for engine in record.engines for port in ports.get(engine, ())})
    public = _tcp(platform.spec.engines.object_storage.port_of_users)
    return [
        {"ports": [{"protocol": protocol, "port": port} for protocol, port in DNS_PORTS]},
        {"ports": [_tcp(port) for port in engines]},
        *([{"ports": [_tcp(port) for port in API_SERVER_PORTS]}] if record.watches_policy else []),
        *([{"ports": [public]}] if record.uses_public_endpoint else []),
    ]


def _ingress(record: ComponentRecord) -> list[Manifest]:
    if record is PROVISIONER:
        return []
    scrapers: list[Manifest] = [
        {"namespaceSelector": {}, "podSelector": {"matchLabels": {NAME: name}}} for name in SCRAPERS
    ]
    scraped: Manifest = {"from": scrapers, "ports": [_tcp(METRICS_PORT)]}
    if record.serves_http:
        return [{"ports": [_tcp(HTTP_PORT)]}, scraped]
    return [scraped]


def build_network_policy(platform: Platform, record: ComponentRecord, ports: EnginePorts) -> Manifest:
    """Return the NetworkPolicy of a component."""
    body: Manifest = {
        "podSelector": {"matchLabels": pod_selector(platform, record.component)},
        "policyTypes": ["Ingress", "Egress"],
        "egress": _egress(platform, record, ports),
    }
    ingress = _ingress(record)
    if ingress:
        body["ingress"] = ingress
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": child_metadata(platform, f"{platform.metadata.name}-{record.component}", record.component),
        "spec": body,
    }


def build_network_policies(platform: Platform, ports: EnginePorts) -> list[Manifest]:
    """Return one policy for each component."""
    return [build_network_policy(platform, record, ports) for record in (*DEPLOYED, PROVISIONER)]


def build_disruption_budgets(platform: Platform) -> list[Manifest]:
    """Return a budget for each Deployment: a drain may evict one pod at a time."""
    return [
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": child_metadata(platform, f"{platform.metadata.name}-{record.component}", record.component),
            "spec": {
                "maxUnavailable": 1,
                "selector": {"matchLabels": pod_selector(platform, record.component)},
            },
        }
        for record in DEPLOYED
    ]
