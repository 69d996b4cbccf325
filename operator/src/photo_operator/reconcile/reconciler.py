"""One pass over one platform: gather, decide, act. The same for create, update, resume, timer and drift.

`PlatformReconciler.once` is called by `platforms` on a wake or every few seconds. It keeps no state that a pass needs
but background samples (`observe.samples`): what was decided stands in the cluster.
"""

from collections.abc import Callable

import httpx2
import msgspec
from msgspec import Struct

from photo_core.clock import Clock
from photo_core.errors import Engine
from photo_operator import telemetry
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import Cluster
from photo_operator.components.catalog import Component
from photo_operator.conditions import News
from photo_operator.crds.platform import Manifest, Platform
from photo_operator.crds.runbook import Runbook
from photo_operator.desired.assemble import Given, assemble
from photo_operator.desired.keys import build_keys_secret
from photo_operator.desired.networking import engine_ports
from photo_operator.desired.provisioning import job_name, schema_version
from photo_operator.engines.model import Health
from photo_operator.engines.pool import ProbePool, SharedProbe, healths_of
from photo_operator.observe import secrets
from photo_operator.observe.alert_board import AlertBoard
from photo_operator.observe.gather import Observed, gather, read_platform
from photo_operator.observe.pods import trouble_of
from photo_operator.observe.workloads import JobState, blind_autoscaler, failed_for, job_state, rollouts
from photo_operator.reconcile import events
from photo_operator.reconcile.event_ledger import Ledger, Moment, Telling, admit
from photo_operator.reconcile.samples import BackgroundSamples
from photo_operator.remediation.remediation import Means, Remediation, Remedied, asked
from photo_operator.remediation.runtime_policy import epoch_of
from photo_operator.rollout import apply
from photo_operator.rollout.changes import Change, Verb, build_changes
from photo_operator.rollout.turns import Turn, take_turns
from photo_operator.runbooks.holding import ConditionHistory
from photo_operator.runbooks.matching import Fired, Noticed
from photo_operator.scaling.replicas import count_all, hold_numbers
from photo_operator.scaling.scaler import Watched, scale_all
from photo_operator.status import measures
from photo_operator.status.build import build_status, count_decisions, write_status
from photo_operator.status.inputs import StatusInputs
from photo_operator.times import rfc3339

RETRY_PROVISIONING_SECONDS = 30.0


class Tools(Struct, frozen=True):
    """What every platform's reconciliation shares."""

    cluster: Cluster
    clock: Clock
    pool: ProbePool
    http: httpx2.AsyncClient
    runbooks: dict[str, Runbook]
    alerts: AlertBoard
    identity: str
    epoch: Callable[[], int]
    random_bytes: Callable[[int], bytes]


class Provisioned(Struct, frozen=True):
    """How far the engines are prepared."""

    job_name: str
    job: JobState
    wanted: str
    reached: str | None  # the version prepared last, by the Job or as the status remembers it

    @property
    def done(self) -> bool:
        """Whether the engines are prepared for the spec as it is."""
        return self.reached == self.wanted


def see_provisioning(observed: Observed) -> Provisioned:
    """Return how far the engines are prepared."""
    platform = observed.platform
    version = schema_version(platform, secrets.hashes(platform, observed.secrets))
    name = job_name(platform, version)
    job = job_state(observed.children, name)
    reached = version if job is JobState.SUCCEEDED else platform.status.get("schemaVersion")
    return Provisioned(name, job, version, reached)


def build_given(observed: Observed, provisioned: Provisioned) -> Given:
    """Return what the children depend on beside the spec."""
    platform = observed.platform
    complete = not observed.secret_problems
    return Given(
        secret_hashes=secrets.hashes(platform, observed.secrets),
        secrets_complete=complete,
        provisioned=complete and observed.has_keys and provisioned.done,
        engine_ports=engine_ports(platform, observed.secrets),
    )


def build_retry(observed: Observed, provisioned: Provisioned, now: str) -> tuple[Change, ...]:
    """Return the deletion of a Job that has been failed for a while: the next pass creates it anew."""
    key = (Kind.JOB, provisioned.job_name)
    if failed_for(observed.children, provisioned.job_name, now) < RETRY_PROVISIONING_SECONDS:
        return ()
    return (Change(Verb.DELETE, *key, observed.children[key]),)


class PlatformReconciler:
    """The reconciliation of one platform."""

    def __init__(self, tools: Tools, namespace: str, name: str, wake: Callable[[], None]) -> None:
        self.namespace = namespace
        self.name = name
        self._tools = tools
        self._wake = wake
        self._conditions = ConditionHistory()
        self._ledger = Ledger(at=tools.clock.monotonic())
        self.samples = BackgroundSamples(tools.http, tools.clock, wake)

    @property
    def key(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    async def once(self) -> bool:
        """Make one pass; return False where the platform is gone."""
        platform = await read_platform(self._tools.cluster, self.namespace, self.name)
        if platform is None:
            self.samples.release()
            await self._tools.pool.release(self.key)
            measures.withdraw(self.key)
            return False
        observed = await gather(self._tools.cluster, platform)
        measures.publish(self.key, measures.build_measures(observed))
        probes = await self._follow(observed)
        provisioned = see_provisioning(observed)
        turn = self._turn(observed, provisioned)
        applied = await self._apply_children(observed, turn.changes)
        scalings = await scale_all(self._tools.cluster, observed, self._watched())
        remedied = await self._remediate(observed)
        seen = self._seen(observed, provisioned, probes, remedied)
        seen = msgspec.structs.replace(
            seen,
            scalings=scalings,
            refusals=applied.refusals,
            unsettled=len(turn.changes),
            waiting=turn.waiting,
        )
        await self._tell(seen, applied.changes, remedied.news)
        if applied.changes or remedied.changed:
            self._wake()
        return True

    def _watched(self) -> Watched:
        return Watched(
            histories=self.samples.histories,
            now=self._tools.clock.monotonic(),
            time=rfc3339(self._tools.clock),
            redis_good=self.samples.feed_cache.signals().probe_good,
            hindered=self.samples.hindered(),
            in_flight=self.samples.reports.in_flight,
        )

    async def _follow(self, observed: Observed) -> dict[Engine, SharedProbe]:
        """Point the background samples at what there is now."""
        platform = observed.platform
        targets = secrets.probe_targets(platform, observed.secrets)
        self.samples.release()  # `use` may close what is being counted with
        probes = await self._tools.pool.use(self.key, targets)
        self.samples.follow(observed, probes, self.key)
        return probes

    def _turn(self, observed: Observed, provisioned: Provisioned) -> Turn:
        platform = observed.platform
        children = assemble(platform, build_given(observed, provisioned))
        changes = build_changes(children, observed.children)
        retried = build_retry(observed, provisioned, rfc3339(self._tools.clock))
        name = platform.metadata.name
        return take_turns((*changes, *retried), rollouts(observed.children, name), name)

    async def _apply_children(self, observed: Observed, changes: tuple[Change, ...]) -> apply.Applied:
        platform = observed.platform
        if platform.spec.pause_requests:
            return apply.Applied()
        await hold_numbers(self._tools.cluster, platform, count_all(observed))
        if not observed.has_keys:
            await apply.create_keys(self._tools.cluster, build_keys_secret(platform, self._tools.random_bytes))
        return await apply.apply_changes(self._tools.cluster, changes)

    async def _remediate(self, observed: Observed) -> Remedied:
        means = Means(
            cluster=self._tools.cluster,
            runbooks=self._tools.runbooks,
            now=rfc3339(self._tools.clock),
            epoch=self._tools.epoch(),
            noticed=self._notice(observed),
            holding={},
        )
        holding = self._conditions.look(asked(means, observed), self._tools.clock.monotonic())
        return await Remediation(msgspec.structs.replace(means, holding=holding), observed).run()

    def _notice(self, observed: Observed) -> Noticed:
        seen = self.samples.seen(observed)
        runbooks = frozenset({*self._tools.runbooks, *observed.runbooks})
        firing = self._tools.alerts.firing(self.namespace, self.name, runbooks)
        alerts = {found.alert: Fired(found.incident, found.summary) for found in firing}
        return Noticed(seen.readings, seen.sentences, alerts)

    def _seen(
        self, observed: Observed, provisioned: Provisioned, probes: dict[Engine, SharedProbe], remedied: Remedied
    ) -> StatusInputs:
        platform = observed.platform
        return StatusInputs(
            platform=platform,
            now=rfc3339(self._tools.clock),
            job=provisioned.job,
            schema_version=provisioned.reached,
            leader_epoch=epoch_of(self._tools.epoch(), platform, observed.policy),
            prepared=provisioned.done,
            job_trouble=trouble_of(observed.pods, Component.PROVISION),
            rollouts=rollouts(observed.children, platform.metadata.name),
            counted=count_all(observed),
            blind_autoscaler=blind_autoscaler(observed.children, platform.metadata.name, rfc3339(self._tools.clock)),
            pods=observed.pods,
            healths=_healths(observed, probes),
            feed_mode=remedied.policy.feed_mode,
            degraded_level=remedied.policy.degraded_level,
            feeds_to_rebuild=int(self.samples.feed_cache.signals().rebuild_remaining),
            executions=remedied.running,
        )

    async def _tell(self, seen: StatusInputs, changes: tuple[Change, ...], remedied: tuple[News, ...]) -> None:
        built = build_status(seen)
        before: list[Manifest] = seen.platform.status.get("conditions", [])
        news = (
            *events.condition_news(before, built["conditions"]),
            *(events.change_news(changes) if _settled(seen) else ()),
            *events.mode_news(seen.platform, built),
            *events.scaling_news(seen.platform, built),
            *remedied,
        )
        await write_status(self._tools.cluster, seen.platform, built)
        count_decisions(before, built["conditions"])
        told = [telling for item in news if (telling := self._admit(item)) is not None]
        built_events = [events.build_event(seen.platform, item, seen.now, self._tools.identity) for item in told]
        await events.write_events(self._tools.cluster, built_events)

    def _admit(self, news: News) -> Telling | None:
        clock = self._tools.clock
        self._ledger, telling = admit(self._ledger, news, Moment(clock.monotonic(), rfc3339(clock)))
        if telling is None:
            telemetry.EVENTS.labels("dropped").inc()
        return telling


def _settled(seen: StatusInputs) -> bool:
    """Whether spec and schema are what the last pass saw, so that a write puts something back."""
    before, platform = seen.platform.status, seen.platform
    same_spec = before.get("observedGeneration") == platform.metadata.generation
    return same_spec and before.get("schemaVersion") == seen.schema_version


def _healths(observed: Observed, probes: dict[Engine, SharedProbe]) -> dict[Engine, Health]:
    """Return the health of every engine that the platform uses: a broken Secret before what a probe says."""
    found = healths_of(observed.platform.spec.engines.by_name(), observed.secret_problems, probes)
    for engine, health in found.items():
        telemetry.ENGINE_UP.labels(_key(observed.platform), engine.value).set(health.good)
    return found


def _key(platform: Platform) -> str:
    return f"{platform.metadata.namespace}/{platform.metadata.name}"
