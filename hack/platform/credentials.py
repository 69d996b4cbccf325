"""The engines' credentials: Secrets made once with random passwords, for the engines and for the platform.

Where the engines speak TLS, the platform's Secrets hold the authority's certificate, by which its
pods know that they do.

Called by `make up` before the engines are installed. What exists is kept for ever: the engines' volumes were made
with it. Nothing here prints or logs a value.
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from hack import paths
from hack.platform.certificates import build_certificates, ca_certificate
from hack.platform.kubectl import apply, get
from hack.platform.transport import Transport
from hack.steps import step
from photo_core.engines.contract import contracts
from photo_core.engines.postgres import URI_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ENGINES = "engines"
PLATFORM = "photos"
OPERATOR = "photoplatform-system"
# the strictest of Kubernetes' pod security standards, enforced: whoever breaks it is not started
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
USER = "photoplatform"
DATABASE = "photoplatform"
ALERT_WEBHOOK = "photo-alert-webhook"  # what Alertmanager shows to the operator
_POSTGRES_HOST = f"postgres.{ENGINES}.svc.cluster.local:5432"
# The platform's pods need no more of PostgreSQL than the whole address; the engine needs its parts.
_USER_KEYS = frozenset({"username", "access_key_id"})  # every other required key is a password
_HELD_BACK = {"photo-postgres": ("username", "password", "database")}


def build_credentials(new_password: Callable[[], str]) -> dict[str, dict[str, str]]:
    """Return Secret name -> key -> value for every engine, as the engines' namespace holds them."""
    return {
        f"photo-{contract.engine.secret_folder}": _build_login(contract.required_keys, new_password())
        for contract in contracts()
    }


def _build_login(keys: Iterable[str], password: str) -> dict[str, str]:
    """Return a value for each required key; a Secret with a URI gets the parts of the URI, too."""
    if URI_KEY in keys:
        uri = f"postgresql://{USER}:{password}@{_POSTGRES_HOST}/{DATABASE}"
        return {"username": USER, "password": password, "database": DATABASE, URI_KEY: uri}
    return {key: USER if key in _USER_KEYS else password for key in keys}


def build_manifests(
    credentials: Mapping[str, Mapping[str, str]],
    existing: Mapping[str, Mapping[str, Mapping[str, str]]],
    trusted: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return the Secrets to apply, given namespace -> name -> data of those that exist.

    The engines' namespace is the truth: its values win over new ones, and the platform's copies follow it, with what
    has to be trusted beside.
    """
    kept = existing.get(ENGINES, {})
    manifests = []
    for name, generated in credentials.items():
        data = dict(kept.get(name) or generated)
        copy = {key: value for key, value in data.items() if key not in _HELD_BACK.get(name, ())} | dict(trusted)
        for namespace, wanted in ((ENGINES, data), (PLATFORM, copy)):
            if existing.get(namespace, {}).get(name) != wanted:
                manifests.append(_secret(namespace, name, wanted))
    return manifests


def build_alert_webhook(
    new_password: Callable[[], str], existing: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> list[dict[str, Any]]:
    """Return the Secrets to apply with the webhook's token: the same for Alertmanager and for the operator."""
    data = dict(existing.get(ENGINES, {}).get(ALERT_WEBHOOK) or {"token": new_password()})
    return [
        _secret(namespace, ALERT_WEBHOOK, data)
        for namespace in (ENGINES, OPERATOR)
        if existing.get(namespace, {}).get(ALERT_WEBHOOK) != data
    ]


def ensure_namespaces() -> None:
    """Create the namespaces of the engines, the platform and the operator."""
    present = {item["metadata"]["name"]: item["metadata"].get("labels", {}) for item in get("namespaces")}
    lacking = [
        name for name in (ENGINES, PLATFORM, OPERATOR) if not RESTRICTED.items() <= present.get(name, {}).items()
    ]
    apply(*(_namespace(name) for name in lacking))


def ensure_credentials(transport: Transport, node_address: str) -> None:
    """Create the namespaces and the Secrets that are missing; changes nothing when all are there."""
    with step("namespaces and credentials"):
        ensure_namespaces()
        existing = {namespace: _read(namespace) for namespace in (ENGINES, PLATFORM, OPERATOR)}
        trusted = _ensure_certificates(existing[ENGINES], node_address) if transport is Transport.TLS else {}
        apply(*build_manifests(build_credentials(lambda: secrets.token_urlsafe(24)), existing, trusted))
        apply(*build_alert_webhook(lambda: secrets.token_urlsafe(36), existing))
    _tell_host(trusted)


def _ensure_certificates(existing: Mapping[str, Mapping[str, str]], node_address: str) -> dict[str, str]:
    """Issue what is missing, and return what the platform has to trust."""
    wanted = build_certificates(existing, ENGINES, node_address)
    apply(*(_secret(ENGINES, name, data) for name, data in wanted.items() if existing.get(name) != data))
    return {"ca.crt": ca_certificate(wanted)}


def _tell_host(trusted: Mapping[str, str]) -> None:
    """Leave what clients on this machine have to trust where they look for it."""
    if trusted:
        paths.CA_CERTIFICATE.write_text(trusted["ca.crt"])
    else:
        paths.CA_CERTIFICATE.unlink(missing_ok=True)


def _read(namespace: str) -> dict[str, dict[str, str]]:
    found = get("secrets", f"--namespace={namespace}")
    return {
        item["metadata"]["name"]: {k: base64.b64decode(v).decode() for k, v in item.get("data", {}).items()}
        for item in found
        if item["metadata"]["name"].startswith("photo-")
    }


def _secret(namespace: str, name: str, data: Mapping[str, str]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": encoded}


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}}
