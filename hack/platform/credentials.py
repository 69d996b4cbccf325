"""The engines' credentials: Secrets made once with random passwords, for the engines and for the platform.

Called by `make up` before the engines are installed. What exists is kept for ever: the engines' volumes were made
with it. Nothing here prints or logs a value.
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from hack.platform.kubectl import apply, get
from hack.steps import step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENGINES = "engines"
PLATFORM = "photos"
OPERATOR = "photoplatform-system"
USER = "photoplatform"
DATABASE = "photoplatform"
_POSTGRES_HOST = f"postgres.{ENGINES}.svc.cluster.local:5432"
# The platform's pods need no more of PostgreSQL than the whole address; the engine needs its parts.
_HELD_BACK = {"photo-postgres": ("username", "password", "database")}


def build_credentials(new_password: Callable[[], str]) -> dict[str, dict[str, str]]:
    """Return Secret name -> key -> value for every engine, as the engines' namespace holds them."""
    postgres = new_password()
    return {
        **{
            f"photo-{engine}": {"username": USER, "password": new_password()}
            for engine in ("kafka", "redis", "cassandra")
        },
        "photo-postgres": {
            "username": USER,
            "password": postgres,
            "database": DATABASE,
            "uri": f"postgresql://{USER}:{postgres}@{_POSTGRES_HOST}/{DATABASE}",
        },
        "photo-object-storage": {"access_key_id": USER, "secret_access_key": new_password()},
    }


def build_manifests(
    credentials: Mapping[str, Mapping[str, str]], existing: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> list[dict[str, Any]]:
    """Return the Secrets to apply, given namespace -> name -> data of those that exist.

    The engines' namespace is the truth: its values win over new ones, and the platform's copies follow it.
    """
    kept = existing.get(ENGINES, {})
    manifests = []
    for name, generated in credentials.items():
        data = dict(kept.get(name) or generated)
        copy = {key: value for key, value in data.items() if key not in _HELD_BACK.get(name, ())}
        for namespace, wanted in ((ENGINES, data), (PLATFORM, copy)):
            if existing.get(namespace, {}).get(name) != wanted:
                manifests.append(_secret(namespace, name, wanted))
    return manifests


def ensure_namespaces() -> None:
    """Create the namespaces of the engines, the platform and the operator."""
    present = {item["metadata"]["name"] for item in get("namespaces")}
    apply(*(_namespace(name) for name in (ENGINES, PLATFORM, OPERATOR) if name not in present))


def ensure_credentials() -> None:
    """Create the namespaces and the Secrets that are missing; changes nothing when all are there."""
    with step("namespaces and credentials"):
        ensure_namespaces()
        existing = {namespace: _read(namespace) for namespace in (ENGINES, PLATFORM)}
        apply(*build_manifests(build_credentials(lambda: secrets.token_urlsafe(24)), existing))


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
    # The engines' pods keep to the strictest of Kubernetes' pod security standards, and that is enforced.
    labels = {"pod-security.kubernetes.io/enforce": "restricted"} if name == ENGINES else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
