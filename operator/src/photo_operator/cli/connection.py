"""Opens the cluster port from a kubeconfig. Called by `session`.

Several files in KUBECONFIG are merged as kubectl does it: the first entry of a name wins.
"""

import math
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import yaml
from lightkube import AsyncClient, KubeConfig
from lightkube.config.kubeconfig import SingleConfig
from lightkube.core.exceptions import ConfigError
from msgspec import Struct

from photo_operator.cli.errors import unreachable
from photo_operator.cluster.kube import KubeCluster
from photo_operator.cluster.port import Cluster

TIMEOUT = httpx2.Timeout(10)
PARTS = ("clusters", "contexts", "users")


class ClusterTarget(Struct, frozen=True):
    """The cluster and namespace of the command line; None means the kubeconfig's."""

    kubeconfig: str
    context: str | None = None
    namespace: str | None = None


class Connected(Struct, frozen=True):
    """A cluster and the namespace in use."""

    cluster: Cluster
    namespace: str


Connect = Callable[[ClusterTarget], AbstractAsyncContextManager[Connected]]


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise unreachable(f"cannot read {path}: {error}") from error
    return found if isinstance(found, dict) else {}


def merge(configs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return several kubeconfigs as one."""
    merged: dict[str, Any] = {}
    for part in PARTS:
        named = {entry["name"]: entry for config in reversed(configs) for entry in config.get(part) or ()}
        merged[part] = list(named.values())
    current = [config["current-context"] for config in configs if config.get("current-context")]
    return merged | ({"current-context": current[0]} if current else {})


def read_config(target: ClusterTarget) -> SingleConfig:
    """Return the cluster and user of a target.

    Raises:
        CliError: there is no kubeconfig, or it has no such context.
    """
    paths = [Path(part).expanduser() for part in target.kubeconfig.split(os.pathsep) if part]
    there = [path for path in paths if path.is_file()]
    if not there:
        names = ", ".join(map(str, paths))
        raise unreachable(f"there is no kubeconfig at {names}: set KUBECONFIG, or name one with --kubeconfig")
    merged = merge([_read(path) for path in there])
    try:
        found = KubeConfig.from_dict(merged, fname=str(there[0])).get(target.context)
    except (ConfigError, KeyError) as error:
        known = ", ".join(entry["name"] for entry in merged["contexts"]) or "none"
        raise unreachable(f"{error}: choose one with --context; the kubeconfig knows {known}") from error
    if found is None:
        raise unreachable(f"{there[0]} names no current context: choose one with --context")
    return found


@asynccontextmanager
async def connect(target: ClusterTarget) -> AsyncIterator[Connected]:
    """Yield the cluster port; no request is sent yet."""
    config = read_config(target)
    client = AsyncClient(config=config, timeout=TIMEOUT, trust_env=False)
    try:
        yield Connected(KubeCluster(client, _unfenced), target.namespace or config.namespace or "default")
    finally:
        await client.close()


def _unfenced() -> Any:
    """Return the time for which writes are allowed: a person needs no Lease."""
    return math.inf
