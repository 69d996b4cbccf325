"""The handlers of kopf: every event only wakes the platform that it concerns. Called by `main`.

All of them are `on.event` handlers, for which kopf adds no finalizer and writes nothing.
"""

from collections.abc import Mapping
from typing import Any

import kopf

from photo_operator.cluster.kinds import CHILD_KINDS, Kind
from photo_operator.crds.metadata import INSTANCE, MANAGED_BY, MANAGER
from photo_operator.process.platforms import Platforms

CONNECT_SECONDS = 5
REQUEST_SECONDS = 15.0
SERVER_SECONDS = 240  # a watch is renewed before a proxy drops an idle connection
SILENT_SECONDS = 70.0  # the API server sends a bookmark every minute: a stream that is silent for longer is reopened


def build_registry(platforms: Platforms) -> kopf.OperatorRegistry:
    """Return kopf's registry with one handler for each kind."""
    registry = kopf.OperatorRegistry()

    async def login(**arguments: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**arguments) or kopf.login_with_kubeconfig(**arguments)

    async def platform_event(namespace: str | None, name: str, **_: Any) -> None:
        platforms.wake(namespace or "", name)

    async def child_event(namespace: str | None, labels: Mapping[str, str], **_: Any) -> None:
        platforms.wake(namespace or "", labels[INSTANCE])

    async def namespace_event(namespace: str | None, **_: Any) -> None:
        platforms.wake_all(namespace or "")

    kopf.on.login(registry=registry)(login)
    kopf.on.event(*_selector(Kind.PLATFORM), registry=registry)(platform_event)
    for kind in (Kind.APPROVAL, Kind.RUNBOOK):
        kopf.on.event(*_selector(kind), registry=registry)(namespace_event)
    for kind in (*CHILD_KINDS, Kind.EXECUTION):
        selected: dict[str, Any] = {MANAGER: MANAGED_BY, INSTANCE: kopf.PRESENT}
        kopf.on.event(*_selector(kind), registry=registry, labels=selected)(child_event)
    return registry


def _selector(kind: Kind) -> tuple[str, str, str]:
    return kind.value.group, kind.value.version, kind.value.plural


def build_settings() -> kopf.OperatorSettings:
    """Return kopf's settings: no peering, no scanning of the cluster, no events of its own."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.connect_timeout = CONNECT_SECONDS
    settings.watching.server_timeout = SERVER_SECONDS
    settings.watching.client_timeout = SERVER_SECONDS + CONNECT_SECONDS
    settings.watching.inactivity_timeout = SILENT_SECONDS
    settings.networking.request_timeout = REQUEST_SECONDS
    return settings
