"""The runbooks' part of a pass: finds incidents, advances executions, and makes the cluster what the journals say.

Called by `reconcile`; `runbooks` decides. Every change of an execution is stored before the next one is decided, and
effects are derived from what is stored: the leader that continues after a crash derives the same ones.
"""

from collections.abc import Iterable

import msgspec
import structlog
from msgspec import Struct

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy
from photo_operator import telemetry
from photo_operator.cluster.kinds import POLICY_MANAGER, Kind
from photo_operator.cluster.patches import build_patch
from photo_operator.cluster.port import ClusterRefused, ClusterWriter, as_stored
from photo_operator.components.catalog import Component
from photo_operator.conditions import EventReason, News
from photo_operator.crds.execution import Approval, Execution, Phase, decode_execution, encode_status
from photo_operator.crds.names import runtime_name
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.crds.runbook import GuardedTarget
from photo_operator.observe.context import PassContext
from photo_operator.observe.workloads import Rollout
from photo_operator.runbooks import guards
from photo_operator.runbooks.effects import build_effects, build_lease, unneeded_leases
from photo_operator.runbooks.execution import advance
from photo_operator.runbooks.journal import ENDED, active, acts, of_runbook
from photo_operator.runbooks.matching import Incident, build_execution, match
from photo_operator.runbooks.viewing import build_view

MOST_CHANGES = 12  # of one execution in a pass; more wait for the next
MOST_PRUNED = 5  # in a pass

log = structlog.get_logger(__name__)


class RemediationOutcome(Struct, frozen=True):
    """What pods are told now, the executions that have not ended, whether anything was changed, and the news."""

    policy: RuntimePolicy
    running: tuple[Execution, ...]
    changed: bool
    news: tuple[News, ...] = ()


class RemediationPass:
    """The remediation part of one pass over one platform."""

    def __init__(self, cluster: ClusterWriter, context: PassContext) -> None:
        self._cluster = cluster
        self._context = context  # as stored by now
        self._news: list[News] = []
        self._changed = False

    async def run(self) -> RemediationOutcome:
        """Advance as far as one pass can."""
        observed = self._context.observed
        # On request nothing but the status is written, so pods keep what they were told last.
        if self._context.spec.pause_requests:
            return RemediationOutcome(observed.policy or self._wanted_policy(), self._running(), changed=False)
        await self._prune()
        await self._judge_approvals()
        await self._create()
        for execution in self._running():
            await self._advance(execution)
        policy = await self._write_policy()
        await self._release_targets()
        return RemediationOutcome(policy, self._running(), self._changed, tuple(self._news))

    def _running(self) -> tuple[Execution, ...]:
        return active(self._context.observed.own_executions)

    def _wanted_policy(self) -> RuntimePolicy:
        return build_effects(self._context.spec, self._context.observed.own_executions).policy

    def _store(self, executions: Iterable[Execution]) -> None:
        """Continue with these executions of the namespace."""
        observed = msgspec.structs.replace(self._context.observed, executions=tuple(executions))
        self._context = msgspec.structs.replace(self._context, observed=observed)

    async def _prune(self) -> None:
        gone = guards.prunable(self._context.observed.own_executions, self._context.now)[:MOST_PRUNED]
        for execution in gone:
            metadata = execution.metadata
            await self._cluster.delete(Kind.EXECUTION, metadata.namespace, metadata.name)
        if gone:
            self._store(found for found in self._context.observed.executions if found not in gone)

    async def _judge_approvals(self) -> None:
        observed = self._context.observed
        approvals = tuple([await self._judge_approval(approval) for approval in observed.approvals])
        observed = msgspec.structs.replace(observed, approvals=approvals)
        self._context = msgspec.structs.replace(self._context, observed=observed)

    async def _judge_approval(self, approval: Approval) -> Approval:
        observed = self._context.observed
        named = (found for found in observed.executions if found.metadata.name == approval.spec.execution)
        execution = next(named, None)
        # The pass over another platform of this namespace answers the approvals of its own executions.
        if execution is not None and execution.spec.platform != self._context.platform.metadata.name:
            return approval
        after = guards.judge_approval(approval, execution)
        patch = build_patch(encode_status(approval.status), encode_status(after))
        if not patch:
            return approval
        await self._cluster.patch_status(Kind.APPROVAL, approval.metadata, patch)
        message = f"RunbookApproval {approval.metadata.name} is {after.state}: {after.message}"
        self._add_news(EventReason.APPROVAL_JUDGED, message)
        return msgspec.structs.replace(approval, status=after)

    async def _create(self) -> None:
        context = self._context
        # Nobody uses a platform whose API does not exist yet: engines that are still starting are no incident.
        if not context.observed.rollouts.get(Component.API, Rollout()).exists:
            return
        for incident in match(context.runbooks, context.evidence, context.held):
            runbook, executions = incident.runbook, self._context.observed.executions
            before = of_runbook(executions, context.platform.metadata.name, runbook.alert)
            # Alertmanager repeats an alert that fires; one incident has one execution, also after that has ended.
            if guards.is_answered(incident.fingerprint, before):
                continue
            # The runbook is turned off, runs already, or has ended so recently that it would repeat itself.
            if not guards.may_create(context.spec, runbook, before, context.now):
                continue
            await self._open(incident)

    async def _open(self, incident: Incident) -> None:
        """Create the execution of an incident; a refusal does not keep other executions from advancing."""
        manifest = build_execution(self._context.platform, incident, self._context.now)
        try:
            created = decode_execution(await self._cluster.create(Kind.EXECUTION, manifest))
        except ClusterRefused as refused:
            log.warning("execution not created", runbook=incident.runbook.alert, reason=str(refused))
            return
        self._store((*self._context.observed.executions, created))
        self._add_news(EventReason.RUNBOOK_STARTED, f"{created.metadata.name}: {incident.summary}")
        log.warning("incident", runbook=incident.runbook.alert, seen=incident.summary)

    async def _advance(self, execution: Execution) -> None:
        for _ in range(MOST_CHANGES):
            await self._hold_targets(execution)
            after = await self._step(execution)
            if after is execution:
                return
            execution = after

    async def _step(self, execution: Execution) -> Execution:
        """Decide one change and store it; return the same execution where there is none."""
        after = advance(execution, build_view(execution, self._context))
        patch = build_patch(execution.unread or encode_status(execution.status), encode_status(after))
        if not patch:
            return execution
        try:
            written = await self._cluster.patch_status(Kind.EXECUTION, execution.metadata, patch)
        except ClusterRefused as refused:
            log.warning("execution not written", execution=execution.metadata.name, reason=str(refused))
            return execution
        metadata = as_stored(execution.metadata, written)
        stored = msgspec.structs.replace(execution, status=after, metadata=metadata, unread={})
        log.info("execution advanced", execution=metadata.name, phase=after.phase, reason=after.explanation)
        self._store(stored if found is execution else found for found in self._context.observed.executions)
        self._report_phase(execution, stored)
        return stored

    async def _hold_targets(self, execution: Execution) -> None:
        plan = execution.status.plan
        if plan is None or not acts(execution):
            return
        for target in plan.runbook.guards.targets:
            if target not in self._context.lease_holders:
                await self._hold(target, execution.metadata.name)

    async def _hold(self, target: GuardedTarget, execution: str) -> None:
        """Create the Lease of a target; the API server lets only one execution in."""
        lease = build_lease(self._context.platform, target, execution, self._context.now)
        try:
            await self._cluster.create(Kind.LEASE, lease)
        except ClusterRefused as refused:
            if refused.reason != "AlreadyExists":
                raise
            log.info("target is held by another", lease=lease["metadata"]["name"])
            return
        holders = {**self._context.lease_holders, target: execution}
        self._context = msgspec.structs.replace(self._context, lease_holders=holders)

    async def _write_policy(self) -> RuntimePolicy:
        observed, current, wanted = self._context.observed, self._context.observed.policy, self._wanted_policy()
        # Pods obey what is wanted already. Another epoch alone is no reason to wake every pod.
        if current is not None and msgspec.structs.replace(current, leader_epoch=0) == wanted:
            return current
        policy = msgspec.structs.replace(wanted, leader_epoch=self._context.epoch)
        await write_policy(self._cluster, observed.platform, policy, observed.policy_version)
        self._changed = True
        log.info("runtime policy written", before=current, now=policy)
        return policy

    async def _release_targets(self) -> None:
        """Delete the Leases that no acting execution needs: after the policy, or another would act at the same time."""
        observed, name = self._context.observed, self._context.platform.metadata.name
        for lease in unneeded_leases(observed.leases, name, observed.own_executions):
            await self._cluster.delete(Kind.LEASE, lease["metadata"]["namespace"], lease["metadata"]["name"])

    def _report_phase(self, before: Execution, after: Execution) -> None:
        self._changed = True
        phase = after.status.phase
        if phase is None or phase is before.status.phase:
            return
        telemetry.RUNBOOK_PHASES.labels(after.spec.runbook, phase.value).inc()
        message = f"{after.metadata.name} is {phase.value}: {after.status.explanation}"
        if phase in (Phase.AWAITING_APPROVAL, Phase.BLOCKED):
            self._add_news(EventReason.RUNBOOK_WAITS, message)
        if phase in ENDED:
            self._add_news(EventReason.RUNBOOK_ENDED, message, warning=phase is Phase.ESCALATED)

    def _add_news(self, reason: EventReason, message: str, *, warning: bool = False) -> None:
        self._news.append(News(reason, message, warning))


def epoch_of(own: int, platform: Platform, stored: RuntimePolicy | None) -> int:
    """Return the leader epoch to write: pods ignore a policy with a lower one.

    The Lease counts the leaders, but it may be deleted, even together with the ConfigMap; the highest epoch that was
    ever written still stands in the platform's status.
    """
    written: int = platform.status.get("leaderEpoch", 0)
    return max(own, written, stored.leader_epoch if stored is not None else 0)


def build_policy(platform: Platform, policy: RuntimePolicy, version: str) -> Manifest:
    """Return the one field of the ConfigMap that holds the policy, for the version that was read.

    It is applied under a field manager of its own, so that restoring the rest of the ConfigMap never touches it.
    """
    metadata = {"name": runtime_name(platform), "namespace": platform.metadata.namespace}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata | ({"resourceVersion": version} if version else {}),
        "data": {POLICY_KEY: msgspec.json.encode(policy).decode()},
    }


async def write_policy(cluster: ClusterWriter, platform: Platform, policy: RuntimePolicy, version: str) -> None:
    """Write the policy; refused where another leader has written it since this pass read the ConfigMap."""
    await cluster.apply(Kind.CONFIG_MAP, build_policy(platform, policy, version), POLICY_MANAGER)
