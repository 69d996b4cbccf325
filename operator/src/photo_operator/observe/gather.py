"""Reads everything that a pass decides from, once. Called by `reconcile`; decides nothing."""

import asyncio
from typing import TYPE_CHECKING

import msgspec
import structlog
from msgspec import Struct

from photo_core.domain.runtime_policy import RuntimePolicy
from photo_core.errors import Engine
from photo_operator.cluster.kinds import CHILD_KINDS, Kind
from photo_operator.cluster.port import ClusterReader
from photo_operator.crds.execution import Approval, Execution, decode_approval, decode_execution
from photo_operator.crds.metadata import INSTANCE, instance_labels
from photo_operator.crds.names import keys_name, runtime_name
from photo_operator.crds.platform import Manifest, Platform, decode_platform
from photo_operator.crds.runbook import Runbook
from photo_operator.crds.runbook_rules import InvalidRunbook, decode_runbook
from photo_operator.engines.model import Health
from photo_operator.observe import secrets
from photo_operator.observe.children import ChildKey, index_children
from photo_operator.observe.pods import PodFacts, pod_facts
from photo_operator.observe.runtime_policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

log = structlog.get_logger(__name__)


class Observed(Struct, frozen=True):
    """The cluster's side of one pass; what engines and pods say is added by `reconcile` from background samples."""

    platform: Platform
    children: dict[ChildKey, Manifest]
    pods: tuple[PodFacts, ...]
    secrets: dict[str, dict[str, str] | None]
    executions: tuple[Execution, ...]  # of every platform in the namespace
    approvals: tuple[Approval, ...]
    runbooks: dict[str, Runbook] = {}  # of the namespace, by alert
    leases: tuple[Manifest, ...] = ()

    @property
    def own_executions(self) -> tuple[Execution, ...]:
        """The executions of this platform."""
        return tuple(found for found in self.executions if found.spec.platform == self.platform.metadata.name)

    @property
    def policy(self) -> RuntimePolicy | None:
        """The runtime policy as it is."""
        return read_policy(self._runtime)

    @property
    def policy_version(self) -> str:
        """The version of the ConfigMap that holds it; empty where there is none yet."""
        version: str = (self._runtime or {"metadata": {}})["metadata"].get("resourceVersion", "")
        return version

    @property
    def _runtime(self) -> Manifest | None:
        return self.children.get((Kind.CONFIG_MAP, runtime_name(self.platform)))

    @property
    def has_keys(self) -> bool:
        """Whether the signing keys exist."""
        return self.secrets.get(keys_name(self.platform)) is not None

    @property
    def secret_problems(self) -> dict[Engine, Health]:
        """What is wrong with the engines' Secrets."""
        return secrets.problems(self.platform, self.secrets)


async def read_platform(cluster: ClusterReader, namespace: str, name: str) -> Platform | None:
    """Return a PhotoPlatform; None where it is gone or on its way out."""
    found = await cluster.list(Kind.PLATFORM, namespace)
    manifest = next((item for item in found if item["metadata"]["name"] == name), None)
    if manifest is None or "deletionTimestamp" in manifest["metadata"]:
        return None
    return decode_platform(manifest)


async def gather(cluster: ClusterReader, platform: Platform) -> Observed:
    """Return what is there of a platform."""
    namespace, name = platform.metadata.namespace, platform.metadata.name
    lists = await asyncio.gather(*(cluster.list(kind, namespace, instance_labels(name)) for kind in CHILD_KINDS))
    pods = await cluster.list(Kind.POD, namespace, {INSTANCE: name})
    executions = await cluster.list(Kind.EXECUTION, namespace)
    approvals = await cluster.list(Kind.APPROVAL, namespace)
    live: Mapping[Kind, list[Manifest]] = dict(zip(CHILD_KINDS, lists, strict=True))
    return Observed(
        platform=platform,
        children=index_children(live, platform.metadata.uid),
        pods=tuple(pod_facts(pod) for pod in pods),
        secrets=await secrets.read_secrets(cluster, platform),
        executions=readable_executions(executions),
        approvals=readable_approvals(approvals),
        runbooks=readable_runbooks(await cluster.list(Kind.RUNBOOK, namespace)),
        leases=tuple(await cluster.list(Kind.LEASE, namespace)),
    )


def readable_executions(manifests: "Iterable[Manifest]") -> tuple[Execution, ...]:
    """Return the executions; one of an operator of another version has nothing in force and is left alone."""
    found = []
    for manifest in manifests:
        try:
            found.append(decode_execution(manifest))
        except msgspec.ValidationError as error:
            log.debug("execution of another version", execution=manifest["metadata"]["name"], why=str(error))
    return tuple(found)


def readable_approvals(manifests: "Iterable[Manifest]") -> tuple[Approval, ...]:
    """Return the approvals; one that the CRD let pass and the model does not approves nothing."""
    found = []
    for manifest in manifests:
        try:
            found.append(decode_approval(manifest))
        except msgspec.ValidationError as error:
            log.warning("approval left out", approval=manifest["metadata"]["name"], why=str(error))
    return tuple(found)


def readable_runbooks(manifests: "Iterable[Manifest]") -> dict[str, Runbook]:
    """Return the runbooks of a namespace by alert; one that the CRD let pass and the model does not is left out."""
    found = {}
    for manifest in manifests:
        try:
            runbook = decode_runbook(manifest, f"Runbook {manifest['metadata']['name']}")
        except InvalidRunbook as error:
            log.warning("runbook left out", why=str(error))
            continue
        found[runbook.alert] = runbook
    return found
