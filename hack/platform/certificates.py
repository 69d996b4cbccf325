"""Builds the Secrets of a certificate authority and of one certificate per engine.

Called by `credentials` if the engines use TLS. Existing ones are kept; a deleted Secret is issued again by the same
authority, whose key never leaves the namespace of the engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from hack import paths
from hack.authority import Identity, Pair, issue, make_authority, read_pair

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTHORITY = "photo-authority"
SERVICES: tuple[str, ...] = tuple(yaml.safe_load(paths.ENGINE_VALUES.read_text())["tls"]["secrets"])


def secret_name(service: str) -> str:
    """Return the name of an engine's Secret, which is the chart's default."""
    return f"photo-{service}-tls"


def build_identity(service: str, namespace: str, node_address: str) -> Identity:
    """Return the names of an engine in its certificate: its Service and pods, and for uploads the node."""
    host = f"{service}.{namespace}.svc.cluster.local"
    names = (service, f"{service}.{namespace}", f"{service}.{namespace}.svc", host, f"*.{host}", "localhost")
    addresses = ("127.0.0.1", node_address) if service == "s3" else ("127.0.0.1",)
    return Identity(service, service, dns_names=names, addresses=addresses)


def build_certificates(
    existing: Mapping[str, Mapping[str, str]], namespace: str, node_address: str
) -> dict[str, dict[str, str]]:
    """Return Secret name -> data for the authority and every engine, keeping existing ones."""
    kept = existing.get(AUTHORITY)
    authority = _read(kept) if kept else make_authority("photoplatform-engines")
    ca_pem = authority.certificate_pem.decode()
    secrets = {AUTHORITY: dict(kept) if kept else _data(authority, ca_pem)}
    for service in SERVICES:
        name = secret_name(service)
        held = existing.get(name, {})
        if held.get("ca.crt") == ca_pem:
            secrets[name] = dict(held)
        else:
            secrets[name] = _data(issue(authority, build_identity(service, namespace, node_address)), ca_pem)
    return secrets


def ca_certificate(secrets: Mapping[str, Mapping[str, str]]) -> str:
    """Return the certificate that clients have to trust."""
    return secrets[AUTHORITY]["tls.crt"]


def _read(data: Mapping[str, str]) -> Pair:
    return read_pair(data["tls.crt"].encode(), data["tls.key"].encode())


def _data(pair: Pair, ca_pem: str) -> dict[str, str]:
    return {"tls.crt": pair.certificate_pem.decode(), "tls.key": pair.key_pem.decode(), "ca.crt": ca_pem}
