"""What the cluster says of one platform, read once a pass. Called by `reconcile` through `PlatformObserver`.

`ListingObserver` lists every kind in every pass. An implementation that answers from caches which watches keep can take
its place without a change elsewhere. Nothing is decided here.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

import msgspec
import structlog
from msgspec import Struct

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy, decode_policy
from photo_core.errors import Engine
from photo_operator.cluster.kinds import CHILD_KINDS, Kind
from photo_operator.cluster.port import ClusterReader
from photo_operator.components.catalog import Component
from photo_operator.crds.execution import Approval, Execution, decode_approval, decode_execution
from photo_operator.crds.metadata import INSTANCE, instance_labels
from photo_operator.crds.names import keys_name, runtime_name
from photo_operator.crds.platform import Manifest, Platform, decode_platform
from photo_operator.crds.runbook import Runbook
from photo_operator.crds.runbook_rules import InvalidRunbook, decode_runbook
from photo_operator.engines.model import Health
from photo_operator.observe import secrets
from photo_operator.observe.pods import PodFacts, pod_facts
from photo_operator.observe.workloads import ChildKey, Rollout, build_rollouts, index_children

log = structlog.get_logger(__name__)

Resource = TypeVar("Resource", Execution, Approval)


class Observed(Struct, frozen=True):
    """What the cluster says of one platform in one pass.

    Attributes:
        platform: the PhotoPlatform itself.
        children: the objects that it owns, by kind and name.
        rollouts: the numbers of each component's Deployment.
        pods: every pod of the platform, those of its Job too.
        secrets: the content of each Secret that its pods mount; None where there is no such Secret.
        secret_problems: what is wrong with the engines' Secrets.
        executions: of every platform in the namespace.
        approvals: of every platform in the namespace.
        runbooks: of the namespace, by alert.
        leases: of the namespace.
        policy: the runtime policy that pods obey; None where there is none that can be read.
        policy_version: the version of the ConfigMap that holds it; empty where there is none yet.
    """

    platform: Platform
    children: Mapping[ChildKey, Manifest] = {}
    rollouts: Mapping[Component, Rollout] = {}
    pods: tuple[PodFacts, ...] = ()
    secrets: Mapping[str, dict[str, str] | None] = {}
    secret_problems: Mapping[Engine, Health] = {}
    executions: tuple[Execution, ...] = ()
    approvals: tuple[Approval, ...] = ()
    runbooks: Mapping[str, Runbook] = {}
    leases: tuple[Manifest, ...] = ()
    policy: RuntimePolicy | None = None
    policy_version: str = ""

    @property
    def own_executions(self) -> tuple[Execution, ...]:
        """The executions of this platform."""
        return tuple(found for found in self.executions if found.spec.platform == self.platform.metadata.name)

    @property
    def has_keys(self) -> bool:
        """Whether the signing keys exist."""
        return self.secrets.get(keys_name(self.platform)) is not None


class PlatformObserver(Protocol):
    """The one way by which a pass reads the cluster."""

    async def read(self, namespace: str, name: str) -> Observed | None:
        """Return what the cluster says of a platform; None where it is gone or being deleted.

        Raises:
            ClusterRefused, ClusterUnavailable: the cluster cannot be read now.
        """
        ...


class ListingObserver:
    """Reads the cluster by listing: the platform first, then everything that belongs to it."""

    def __init__(self, cluster: ClusterReader) -> None:
        self._cluster = cluster

    async def read(self, namespace: str, name: str) -> Observed | None:
        """Return what the cluster says of a platform; None where it is gone or being deleted."""
        found = await self._cluster.list(Kind.PLATFORM, namespace)
        manifest = next((item for item in found if item["metadata"]["name"] == name), None)
        if manifest is None or "deletionTimestamp" in manifest["metadata"]:
            return None
        return await self._read_all(decode_platform(manifest))

    async def _read_all(self, platform: Platform) -> Observed:
        """Read everything at once: a pass is as quick as the slowest list, which counts while the machine is busy."""
        cluster, namespace, name = self._cluster, platform.metadata.namespace, platform.metadata.name
        children, contents, pods, others = await asyncio.gather(
            self._read_children(platform),
            secrets.read_secrets(cluster, platform),
            cluster.list(Kind.POD, namespace, {INSTANCE: name}),
            asyncio.gather(
                *(cluster.list(kind, namespace) for kind in (Kind.EXECUTION, Kind.APPROVAL, Kind.RUNBOOK, Kind.LEASE))
            ),
        )
        executions, approvals, runbooks, leases = others
        runtime = children.get((Kind.CONFIG_MAP, runtime_name(platform)))
        return Observed(
            platform=platform,
            children=children,
            rollouts=build_rollouts(children, name),
            pods=tuple(pod_facts(pod) for pod in pods),
            secrets=contents,
            secret_problems=secrets.problems(platform, contents),
            executions=readable_executions(executions),
            approvals=readable_approvals(approvals),
            runbooks=readable_runbooks(runbooks),
            leases=tuple(leases),
            policy=read_policy(runtime),
            policy_version=(runtime or {"metadata": {}})["metadata"].get("resourceVersion", ""),
        )

    async def _read_children(self, platform: Platform) -> dict[ChildKey, Manifest]:
        namespace, labels = platform.metadata.namespace, instance_labels(platform.metadata.name)
        lists = await asyncio.gather(*(self._cluster.list(kind, namespace, labels) for kind in CHILD_KINDS))
        return index_children(dict(zip(CHILD_KINDS, lists, strict=True)), platform.metadata.uid)


def read_policy(config_map: Manifest | None) -> RuntimePolicy | None:
    """Return the runtime policy that a ConfigMap holds; None where it holds none that can be read."""
    text = ((config_map or {}).get("data") or {}).get(POLICY_KEY)
    return None if text is None else decode_policy(text)


def readable_executions(manifests: Iterable[Manifest]) -> tuple[Execution, ...]:
    """Return the executions; one of another version of the operator has nothing in force and is left alone."""
    return _readable(decode_execution, manifests, log.debug)


def readable_approvals(manifests: Iterable[Manifest]) -> tuple[Approval, ...]:
    """Return the approvals; one that the CRD accepted and the model does not approves nothing."""
    return _readable(decode_approval, manifests, log.warning)


def _readable(
    decode: Callable[[Manifest], Resource], manifests: Iterable[Manifest], report: Callable[..., object]
) -> tuple[Resource, ...]:
    found = []
    for manifest in manifests:
        try:
            found.append(decode(manifest))
        except msgspec.ValidationError as error:
            report("resource ignored", resource=manifest["metadata"]["name"], reason=str(error))
    return tuple(found)


def readable_runbooks(manifests: Iterable[Manifest]) -> dict[str, Runbook]:
    """Return the runbooks of a namespace by alert, without those that the CRD accepted and the model does not."""
    found = {}
    for manifest in manifests:
        try:
            runbook = decode_runbook(manifest, f"Runbook {manifest['metadata']['name']}")
        except InvalidRunbook as error:
            log.warning("runbook ignored", reason=str(error))
            continue
        found[runbook.alert] = runbook
    return found
