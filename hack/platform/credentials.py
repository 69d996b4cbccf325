"""Creates the Secrets with the engines' credentials, once and with random passwords.

If the engines use TLS, the platform's Secrets also have the CA's certificate, which makes its pods use TLS.

Called by `make up` before the engines are installed. Existing Secrets are never changed, since the engines' volumes
were initialised with them. Nothing here prints or logs a value.
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
# Enforces the strictest Pod Security standard: pods that violate it are refused.
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
USER = "photoplatform"
DATABASE = "photoplatform"
ALERT_WEBHOOK = "photo-alert-webhook"  # the bearer token of Alertmanager
_POSTGRES_HOST = f"postgres.{ENGINES}.svc.cluster.local:5432"
# Keys that only the engine needs: the platform's pods use the URI instead.
_USER_KEYS = frozenset({"username", "access_key_id"})  # every other required key is a password
_ENGINE_ONLY_KEYS = {"photo-postgres": ("username", "password", "database")}


def build_credentials(new_password: Callable[[], str]) -> dict[str, dict[str, str]]:
    """Return Secret name -> key -> value for every engine, for the namespace of the engines."""
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

    Existing values in the namespace of the engines are kept. The platform's copies follow them, and have `trusted` in
    addition.
    """
    kept = existing.get(ENGINES, {})
    manifests = []
    for name, generated in credentials.items():
        data = dict(kept.get(name) or generated)
        copy = {key: value for key, value in data.items() if key not in _ENGINE_ONLY_KEYS.get(name, ())} | dict(trusted)
        for namespace, wanted in ((ENGINES, data), (PLATFORM, copy)):
            if existing.get(namespace, {}).get(name) != wanted:
                manifests.append(_secret(namespace, name, wanted))
    return manifests


def build_alert_webhook(
    new_password: Callable[[], str], existing: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> list[dict[str, Any]]:
    """Return the Secrets to apply with the webhook's token, which Alertmanager and the operator share."""
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
    """Create missing namespaces and Secrets."""
    with step("namespaces and credentials"):
        ensure_namespaces()
        existing = {namespace: _read(namespace) for namespace in (ENGINES, PLATFORM, OPERATOR)}
        trusted = _ensure_certificates(existing[ENGINES], node_address) if transport is Transport.TLS else {}
        apply(*build_manifests(build_credentials(lambda: secrets.token_urlsafe(24)), existing, trusted))
        apply(*build_alert_webhook(lambda: secrets.token_urlsafe(36), existing))
    _write_ca_for_host(trusted)


def _ensure_certificates(existing: Mapping[str, Mapping[str, str]], node_address: str) -> dict[str, str]:
    """Create missing certificates, and return the keys that the platform's Secrets need to trust them."""
    wanted = build_certificates(existing, ENGINES, node_address)
    apply(*(_secret(ENGINES, name, data) for name, data in wanted.items() if existing.get(name) != data))
    return {"ca.crt": ca_certificate(wanted)}


def _write_ca_for_host(trusted: Mapping[str, str]) -> None:
    """Write the CA's certificate for clients on this machine, or remove it if the engines do not use TLS."""
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
