"""One pass over one platform: gather, decide, act. The same for create, update, resume, timer and drift.

`PlatformReconciler.once` is called by `platforms` on a wake or every few seconds. Between passes it keeps nothing but
background samples, since when conditions are met, and which Events it wrote: what was decided stands in the cluster.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from msgspec import Struct

from photo_core.clock import Clock
from photo_core.errors import Engine
from photo_operator import telemetry
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterWriter
from photo_operator.components.catalog import Component
from photo_operator.conditions import News
from photo_operator.crds.runbook import Runbook
from photo_operator.desired.assemble import Given, assemble
from photo_operator.desired.configuration import build_keys_secret
from photo_operator.desired.networking import engine_ports
from photo_operator.desired.provisioning import job_name, schema_version
from photo_operator.engines.model import Health
from photo_operator.engines.pool import ProbePool, SharedProbe, healths_of
from photo_operator.observe import secrets
from photo_operator.observe.alert_board import AlertBoard
from photo_operator.observe.context import PassContext
from photo_operator.observe.observer import Observed, PlatformObserver
from photo_operator.observe.pods import trouble_of
from photo_operator.observe.workloads import JobState, blind_autoscaler, failed_for, job_state
from photo_operator.reconcile import events
from photo_operator.reconcile.event_ledger import EventLedger, EventRecord, Moment, admit
from photo_operator.reconcile.samples import BackgroundSamples, build_evidence, failing_downstream
from photo_operator.remediation.remediation import RemediationOutcome, RemediationPass, epoch_of
from photo_operator.rollout import apply
from photo_operator.rollout.changes import Change, Verb, build_changes
from photo_operator.rollout.turns import Turn, take_turns
from photo_operator.runbooks.effects import lease_holders
from photo_operator.runbooks.matching import ConditionHistory, watched_conditions
from photo_operator.scaling.model import Scaling
from photo_operator.scaling.replicas import Counted, count_all, hold_numbers
from photo_operator.scaling.scaler import scale_all
from photo_operator.status import measures
from photo_operator.status.build import build_status, count_decisions, write_status
from photo_operator.status.inputs import StatusInputs
from photo_operator.times import rfc3339

RETRY_PROVISIONING_SECONDS = 30.0


class ReconcilerTools(Struct, frozen=True):
    """What the reconcilers of all platforms share."""

    observer: PlatformObserver
    cluster: ClusterWriter
    clock: Clock
    pool: ProbePool
    http: httpx2.AsyncClient
    runbooks: dict[str, Runbook]
    alerts: AlertBoard
    identity: str
    epoch: Callable[[], int]
    random_bytes: Callable[[int], bytes]


class Provisioning(Struct, frozen=True):
    """How far the engines are prepared."""

    job_name: str
    job: JobState
    wanted: str
    reached: str | None  # the version prepared last, by the Job or as the status remembers it
    secret_hashes: dict[str, str]

    @property
    def done(self) -> bool:
        """Whether the engines are prepared for the current spec."""
        return self.reached == self.wanted


def build_provisioning(observed: Observed) -> Provisioning:
    """Return how far the engines are prepared."""
    platform = observed.platform
    hashes = secrets.hashes(platform, observed.secrets)
    version = schema_version(platform, hashes)
    name = job_name(platform, version)
    job = job_state(observed.children, name)
    reached = version if job is JobState.SUCCEEDED else platform.status.get("schemaVersion")
    return Provisioning(name, job, version, reached, hashes)


def build_given(observed: Observed, provisioning: Provisioning) -> Given:
    """Return what the desired children depend on besides the spec."""
    platform = observed.platform
    complete = not observed.secret_problems
    return Given(
        secret_hashes=provisioning.secret_hashes,
        secrets_complete=complete,
        provisioned=complete and observed.has_keys and provisioning.done,
        engine_ports=engine_ports(platform, observed.secrets),
    )


def build_retry(observed: Observed, provisioning: Provisioning, now: str) -> tuple[Change, ...]:
    """Return the deletion of a Job that failed a while ago: the next pass creates a new one."""
    key = (Kind.JOB, provisioning.job_name)
    if failed_for(observed.children, provisioning.job_name, now) < RETRY_PROVISIONING_SECONDS:
        return ()
    return (Change(Verb.DELETE, *key, observed.children[key]),)


class PassOutcome(Struct, frozen=True):
    """What a pass decided and wrote, all but its status."""

    context: PassContext
    provisioning: Provisioning
    turn: Turn
    counted: tuple[Counted, ...]
    applied: apply.Applied
    scalings: Mapping[Component, Scaling]
    remediation: RemediationOutcome

    @property
    def changed(self) -> bool:
        """Whether something was written that the next pass should see soon."""
        return bool(self.applied.changes) or self.remediation.changed


class PlatformReconciler:
    """The reconciliation of one platform."""

    def __init__(self, tools: ReconcilerTools, namespace: str, name: str, wake: Callable[[], None]) -> None:
        self.namespace = namespace
        self.name = name
        self._tools = tools
        self._wake = wake
        self._conditions = ConditionHistory()
        self._ledger = EventLedger(at=tools.clock.monotonic())
        self.samples = BackgroundSamples(tools.http, tools.clock, wake)

    @property
    def key(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    async def once(self) -> bool:
        """Make one pass; return False where the platform is gone."""
        observed = await self._tools.observer.read(self.namespace, self.name)
        if observed is None:
            await self._release()
            return False
        measures.publish(self.key, measures.build_measures(observed))
        probes = await self._follow(observed)
        outcome = await self._act(self._build_context(observed))
        await self._report(outcome, self._build_status_inputs(outcome, _healths(observed, probes)))
        if outcome.changed:
            self._wake()
        return True

    async def _release(self) -> None:
        self.samples.release()
        await self._tools.pool.release(self.key)
        measures.withdraw(self.key)

    async def _follow(self, observed: Observed) -> dict[Engine, SharedProbe]:
        """Point the background samples at the engines and pods that there are now."""
        platform = observed.platform
        targets = secrets.probe_targets(platform, observed.secrets)
        self.samples.release()  # `use` may close the client that counts lags
        probes = await self._tools.pool.use(self.key, targets)
        self.samples.follow(observed, probes, self.key)
        return probes

    def _build_context(self, observed: Observed) -> PassContext:
        clock, platform = self._tools.clock, observed.platform
        runbooks = {**self._tools.runbooks, **observed.runbooks}
        firing = self._tools.alerts.firing(self.namespace, self.name, frozenset(runbooks))
        sampled, monotonic = self.samples.read(observed), clock.monotonic()
        evidence = build_evidence(sampled, firing)
        watched = watched_conditions(runbooks, observed.own_executions, evidence)
        return PassContext(
            observed=observed,
            now=rfc3339(clock),
            monotonic=monotonic,
            epoch=epoch_of(self._tools.epoch(), platform, observed.policy),
            runbooks=runbooks,
            evidence=evidence,
            failing_downstream=failing_downstream(sampled),
            serves_stale_feeds=sampled.pods is not None and sampled.pods.serves_stale_feeds,
            feeds_to_rebuild=int(sampled.feed_cache.rebuild_remaining),
            held=self._conditions.update(watched, monotonic),
            lease_holders=lease_holders(observed.leases, platform.metadata.name),
        )

    async def _act(self, context: PassContext) -> PassOutcome:
        """Write the children, the numbers of workers, and what remediation asks for."""
        cluster, provisioning = self._tools.cluster, build_provisioning(context.observed)
        turn, counted = build_turn(context, provisioning), count_all(context.observed)
        return PassOutcome(
            context=context,
            provisioning=provisioning,
            turn=turn,
            counted=counted,
            applied=await self._apply_children(context, turn.changes, counted),
            scalings=await scale_all(cluster, context, self.samples.workers()),
            remediation=await RemediationPass(cluster, context).run(),
        )

    async def _apply_children(
        self, context: PassContext, changes: tuple[Change, ...], counted: tuple[Counted, ...]
    ) -> apply.Applied:
        platform = context.platform
        # On request nothing but the status is written.
        if platform.spec.pause_requests:
            return apply.Applied()
        await hold_numbers(self._tools.cluster, platform, counted)
        if not context.observed.has_keys:
            await apply.create_keys(self._tools.cluster, build_keys_secret(platform, self._tools.random_bytes))
        return await apply.apply_changes(self._tools.cluster, changes)

    def _build_status_inputs(self, outcome: PassOutcome, healths: dict[Engine, Health]) -> StatusInputs:
        context, provisioning, remediation = outcome.context, outcome.provisioning, outcome.remediation
        observed, name = context.observed, context.platform.metadata.name
        return StatusInputs(
            context=context,
            job=provisioning.job,
            job_trouble=trouble_of(observed.pods, Component.PROVISION),
            schema_version=provisioning.reached,
            prepared=provisioning.done,
            healths=healths,
            feed_mode=remediation.policy.feed_mode,
            degraded_level=remediation.policy.degraded_level,
            executions=remediation.running,
            scalings=outcome.scalings,
            counted=outcome.counted,
            refusals=outcome.applied.refusals,
            unsettled=len(outcome.turn.changes),
            waiting=outcome.turn.waiting,
            blind_autoscaler=blind_autoscaler(observed.children, name, context.now),
        )

    async def _report(self, outcome: PassOutcome, inputs: StatusInputs) -> None:
        """Write the status, and an Event for everything that is news."""
        status, platform = build_status(inputs), inputs.platform
        before: list[dict[str, Any]] = platform.status.get("conditions", [])
        news = (
            *events.condition_news(before, status["conditions"]),
            *(events.change_news(outcome.applied.changes) if _puts_back(inputs) else ()),
            *events.mode_news(platform, status),
            *events.scaling_news(platform, status),
            *outcome.remediation.news,
        )
        await write_status(self._tools.cluster, platform, status)
        count_decisions(before, status["conditions"])
        admitted = [record for item in news if (record := self._admit(item, inputs.context)) is not None]
        now, identity = inputs.context.now, self._tools.identity
        built = [events.build_event(platform, record, now, identity) for record in admitted]
        await events.write_events(self._tools.cluster, built)

    def _admit(self, news: News, context: PassContext) -> EventRecord | None:
        self._ledger, record = admit(self._ledger, news, Moment(context.monotonic, context.now))
        if record is None:
            telemetry.EVENTS.labels("dropped").inc()
        return record


def build_turn(context: PassContext, provisioning: Provisioning) -> Turn:
    """Return the writes that bring the children to the desired state, and the components that wait for their turn."""
    observed, name = context.observed, context.platform.metadata.name
    children = assemble(context.platform, build_given(observed, provisioning))
    changes = build_changes(children, observed.children)
    retried = build_retry(observed, provisioning, context.now)
    return take_turns((*changes, *retried), observed.rollouts, name)


def _puts_back(inputs: StatusInputs) -> bool:
    """Whether spec and schema are those of the last pass, so that a write restores what somebody else has changed."""
    before, platform = inputs.platform.status, inputs.platform
    same_spec = before.get("observedGeneration") == platform.metadata.generation
    return same_spec and before.get("schemaVersion") == inputs.schema_version


def _healths(observed: Observed, probes: dict[Engine, SharedProbe]) -> dict[Engine, Health]:
    """Return the health of every engine that the platform uses: a broken Secret counts before what a probe says."""
    metadata = observed.platform.metadata
    found = healths_of(observed.platform.spec.engines.by_name(), observed.secret_problems, probes)
    for engine, health in found.items():
        telemetry.ENGINE_UP.labels(f"{metadata.namespace}/{metadata.name}", engine.value).set(health.good)
    return found
