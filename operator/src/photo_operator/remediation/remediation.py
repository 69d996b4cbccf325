"""The runbooks' part of a pass: notice, create, advance, and make the cluster what the journals say.

Called by `reconcile`. Decisions are those of `runbooks`. Every change of an execution is stored before the next one is
decided, and effects are derived from what is stored: whoever goes on after a crash makes the same cluster of it.
"""

from collections.abc import Iterable, Mapping

import msgspec
import structlog
from msgspec import Struct

from photo_core.domain.runtime_policy import RuntimePolicy
from photo_operator import telemetry
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.patches import build_patch
from photo_operator.cluster.port import ClusterRefused, ClusterWriter, as_stored
from photo_operator.components.catalog import Component
from photo_operator.conditions import EventReason, News
from photo_operator.crds.execution import Approval, Execution, Phase, decode_execution, encode_status
from photo_operator.crds.runbook import Condition, GuardedTarget, Runbook
from photo_operator.observe.gather import Observed
from photo_operator.observe.workloads import rollout
from photo_operator.remediation import leases
from photo_operator.remediation.runtime_policy import epoch_of, write_policy
from photo_operator.runbooks import guards, phases, targets
from photo_operator.runbooks.approvals import judge_approval
from photo_operator.runbooks.creation import build_execution
from photo_operator.runbooks.effects import Effects, build_effects
from photo_operator.runbooks.execution import advance
from photo_operator.runbooks.matching import Incident, Noticed, conditions_of, match
from photo_operator.runbooks.pruning import prunable
from photo_operator.runbooks.viewing import Around, build_view
from photo_operator.signals import Readings

MOST_CHANGES = 12  # of one execution in a pass; more wait for the next
MOST_PRUNED = 5  # in a pass

log = structlog.get_logger(__name__)


class Remedied(Struct, frozen=True):
    """What came of it: what pods are told, the executions under way, whether anything moved, what to tell people."""

    policy: RuntimePolicy
    running: tuple[Execution, ...]
    changed: bool
    news: tuple[News, ...] = ()


class Means(Struct, frozen=True):
    """What a pass remedies with.

    Attributes:
        cluster: where it is written.
        runbooks: by alert, those that ship; a namespace's own come before them.
        now: RFC 3339 UTC.
        epoch: the leader's.
        noticed: what readings and alerts say.
        holding: the conditions that hold for as long as they ask, by alert and by execution.
    """

    cluster: ClusterWriter
    runbooks: Mapping[str, Runbook]
    now: str
    epoch: int
    noticed: Noticed
    holding: Mapping[str, frozenset[Condition]] = {}


class Remediation:
    """One pass over the executions of one platform."""

    def __init__(self, means: Means, observed: Observed) -> None:
        self._means = means
        self._observed = observed
        self._runbooks = {**means.runbooks, **observed.runbooks}
        self._executions = {found.metadata.name: found for found in observed.executions}
        self._leases = targets.read_leases(observed.leases, observed.platform.metadata.name)
        self._approvals = observed.approvals
        self._news: list[News] = []
        self._changed = False

    async def run(self) -> Remedied:
        """Go on as far as one pass can."""
        observed = self._observed
        if observed.platform.spec.pause_requests:
            return Remedied(observed.policy or self._effects().policy, phases.active(self._own()), changed=False)
        await self._prune()
        await self._judge_approvals()
        await self._create()
        for execution in phases.active(self._own()):
            await self._go_on(execution)
        policy = await self._write_policy()
        await self._release_targets()
        running = phases.active(self._own())
        return Remedied(policy, running, self._changed, tuple(self._news))

    def _own(self) -> tuple[Execution, ...]:
        name = self._observed.platform.metadata.name
        return tuple(found for found in self._executions.values() if found.spec.platform == name)

    def _effects(self) -> Effects:
        return build_effects(self._observed.platform.spec, self._own())

    async def _prune(self) -> None:
        for execution in prunable(self._own(), self._means.now)[:MOST_PRUNED]:
            metadata = execution.metadata
            await self._means.cluster.delete(Kind.EXECUTION, metadata.namespace, metadata.name)
            self._executions.pop(metadata.name)

    async def _judge_approvals(self) -> None:
        self._approvals = tuple([await self._judged(approval) for approval in self._approvals])

    async def _judged(self, approval: Approval) -> Approval:
        execution = self._executions.get(approval.spec.execution)
        if execution is not None and execution not in self._own():
            return approval  # another platform's pass answers it
        after = judge_approval(approval, execution)
        patch = build_patch(encode_status(approval.status), encode_status(after))
        if not patch:
            return approval
        await self._means.cluster.patch_status(Kind.APPROVAL, approval.metadata, patch)
        said = f"RunbookApproval {approval.metadata.name} is {after.state}: {after.message}"
        self._tell(EventReason.APPROVAL_JUDGED, said)
        return msgspec.structs.replace(approval, status=after)

    async def _create(self) -> None:
        platform = self._observed.platform
        if not rollout(self._observed.children, platform.metadata.name, Component.API).exists:
            return  # nobody suffers before there is an API
        for incident in match(self._runbooks, self._means.noticed, self._means.holding):
            runbook = incident.runbook
            before = tuple(phases.of_runbook(self._executions.values(), platform.metadata.name, runbook.alert))
            if guards.is_answered(incident.fingerprint, before):
                continue
            if not guards.may_create(platform.spec, runbook, before, self._means.now):
                continue
            await self._open(incident)

    async def _open(self, incident: Incident) -> None:
        """Create the execution of an incident; where that is refused, those under way go on all the same."""
        manifest = build_execution(self._observed.platform, incident, self._means.now)
        try:
            created = decode_execution(await self._means.cluster.create(Kind.EXECUTION, manifest))
        except ClusterRefused as refused:
            log.warning("execution not created", runbook=incident.runbook.alert, why=str(refused))
            return
        self._executions[created.metadata.name] = created
        self._tell(EventReason.RUNBOOK_STARTED, f"{created.metadata.name}: {incident.summary}")
        log.warning("incident", runbook=incident.runbook.alert, seen=incident.summary)

    async def _go_on(self, execution: Execution) -> None:
        for _ in range(MOST_CHANGES):
            await self._hold_targets(execution)
            after = await self._step(execution)
            if after is execution:
                return
            execution = after

    async def _step(self, execution: Execution) -> Execution:
        """Decide one change and store it; return the same execution where there is none."""
        after = advance(execution, build_view(execution, self._around()))
        patch = build_patch(execution.unread or encode_status(execution.status), encode_status(after))
        if not patch:
            return execution
        try:
            written = await self._means.cluster.patch_status(Kind.EXECUTION, execution.metadata, patch)
        except ClusterRefused as refused:
            log.warning("execution not written", execution=execution.metadata.name, why=str(refused))
            return execution
        metadata = as_stored(execution.metadata, written)
        stored = msgspec.structs.replace(execution, status=after, metadata=metadata, unread={})
        log.info("execution", execution=metadata.name, phase=after.phase, why=after.explanation)
        self._executions[metadata.name] = stored
        self._tell_phase(execution, stored)
        return stored

    def _around(self) -> Around:
        observed = self._observed
        return Around(
            observed=observed,
            executions=tuple(self._executions.values()),
            approvals=self._approvals,
            runbooks=self._runbooks,
            leases=self._leases,
            effects=self._effects(),
            noticed=self._means.noticed,
            holding=self._means.holding,
            now=self._means.now,
        )

    async def _hold_targets(self, execution: Execution) -> None:
        plan = execution.status.plan
        if plan is None or not phases.acts(execution):
            return
        for target in plan.runbook.guards.targets:
            if target not in self._leases:
                await self._hold(target, execution.metadata.name)

    async def _hold(self, target: GuardedTarget, execution: str) -> None:
        lease = targets.build_lease(self._observed.platform, target, execution, self._means.now)
        if await leases.hold(self._means.cluster, lease):
            self._leases = {**self._leases, target: execution}

    async def _write_policy(self) -> RuntimePolicy:
        observed, current = self._observed, self._observed.policy
        wanted = self._effects().policy
        if current is not None and msgspec.structs.replace(current, leader_epoch=0) == wanted:
            return current
        epoch = epoch_of(self._means.epoch, observed.platform, current)
        policy = msgspec.structs.replace(wanted, leader_epoch=epoch)
        await write_policy(self._means.cluster, observed.platform, policy, observed.policy_version)
        self._changed = True
        log.info("runtime policy", before=current, now=policy)
        return policy

    async def _release_targets(self) -> None:
        """Release what no execution acts on any more: after the policy, or another would act beside it."""
        platform = self._observed.platform.metadata.name
        for lease in targets.unneeded(self._observed.leases, platform, self._own()):
            await leases.release(self._means.cluster, lease)

    def _tell_phase(self, before: Execution, after: Execution) -> None:
        self._changed = True
        phase = after.status.phase
        if phase is None or phase is before.status.phase:
            return
        telemetry.RUNBOOK_PHASES.labels(after.spec.runbook, phase.value).inc()
        said = f"{after.metadata.name} is {phase.value}: {after.status.explanation}"
        if phase in (Phase.AWAITING_APPROVAL, Phase.BLOCKED):
            self._tell(EventReason.RUNBOOK_WAITS, said)
        if phase in phases.ENDED:
            self._tell(EventReason.RUNBOOK_ENDED, said, warning=phase is Phase.ESCALATED)

    def _tell(self, reason: EventReason, said: str, *, warning: bool = False) -> None:
        self._news.append(News(reason, said, warning))


def asked(means: Means, observed: Observed) -> dict[str, tuple[Iterable[Condition], Readings]]:
    """Return the conditions that are watched, with what they are watched in: of alerts, and of what runs."""
    noticed, runbooks = means.noticed, {**means.runbooks, **observed.runbooks}
    found: dict[str, tuple[Iterable[Condition], Readings]] = {
        alert: (conditions_of(runbook), noticed.for_alert(alert)) for alert, runbook in runbooks.items()
    }
    for execution in phases.active(observed.own_executions):
        if execution.status.plan is not None:
            conditions = conditions_of(execution.status.plan.runbook)
            found[execution.metadata.name] = (conditions, noticed.for_alert(execution.spec.runbook))
    return found
