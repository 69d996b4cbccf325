"""A platform in memory whose executions are remedied pass by pass: the operator's part alone, without probes or pods.

What readings and alerts say is set by the test; `crash_at` lets the operator die at its n-th write.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from photo_core.domain.runtime_policy import POLICY_KEY, RuntimePolicy
from photo_core.fakes.clock import FakeClock
from photo_operator.cluster.fake import FakeCluster
from photo_operator.cluster.kinds import Kind
from photo_operator.components.catalog import SCALED
from photo_operator.crds.execution import Execution, Phase, decode_execution
from photo_operator.crds.metadata import child_metadata
from photo_operator.crds.platform import Manifest, decode_platform
from photo_operator.crds.runbook import Condition, Runbook
from photo_operator.desired.configuration import build_runtime_config_map
from photo_operator.observe.alert_board import Firing
from photo_operator.observe.context import Evidence, PassContext
from photo_operator.observe.observer import ListingObserver
from photo_operator.remediation.remediation import RemediationOutcome, RemediationPass
from photo_operator.runbooks.effects import lease_holders
from photo_operator.runbooks.journal import ENDED
from photo_operator.runbooks.loader import load_runbooks
from photo_operator.runbooks.matching import ConditionHistory, watched_conditions
from photo_operator.scaling.history import ScalingHistory
from photo_operator.scaling.scaler import WorkerSamples, scale_all
from photo_operator.signals import Signal
from photo_operator.times import rfc3339

ROOT = Path(__file__).parents[2]
SAMPLE: Manifest = yaml.safe_load((ROOT / "examples/photoplatform.yaml").read_text())
NAMESPACE = "photos"
WORKERS = ("api", "fanout", "fanout-planner", "feed-rebuild", "image-encode")
SCALER = {"manager": "photoplatform-operator-scaler", "fieldsV1": {"f:spec": {"f:replicas": {}}}}

REDIS_ANSWERS = Evidence({Signal.FEED_CACHE_PROBE_GOOD: 1.0})  # for the scaler, which waits for it in pull mode


class OperatorDied(Exception):
    """The process is gone at this point."""


class DyingCluster(FakeCluster):
    """A cluster whose operator dies before one of its writes."""

    def __init__(self) -> None:
        super().__init__(self._count)
        self.asked = 0
        self.dies_at: int | None = None  # number of the write, from 1

    def _count(self) -> float:
        if self.dies_at is not None and self.asked >= self.dies_at:
            raise OperatorDied
        self.asked += 1
        return math.inf


def met(condition: Condition) -> float:
    """Return a reading beyond a condition's bound."""
    return condition.above + 1 if condition.above is not None else (condition.below or 0) - 1


class RunbookWorld:
    """A platform `demo`, its runbooks, and a clock that moves a second a pass."""

    def __init__(self, runbooks: Mapping[str, Runbook] | None = None) -> None:
        self.runbooks = dict(runbooks if runbooks is not None else load_runbooks(ROOT / "runbooks"))
        self.clock = FakeClock()
        self.cluster = DyingCluster()
        self.readings: dict[Signal, float] = {Signal.API_AVAILABLE: 2.0}
        self.alerts: dict[str, Firing] = {}
        self.policies: list[RuntimePolicy] = []  # what pods were told, without repetitions
        self._put_platform()
        self.restart()

    def _put_platform(self) -> None:
        sample = SAMPLE | {"metadata": SAMPLE["metadata"] | {"uid": "uid-demo", "generation": 1}}
        self.cluster.put(Kind.PLATFORM, sample)
        platform = decode_platform(sample)
        self.cluster.put(Kind.CONFIG_MAP, build_runtime_config_map(platform))
        for name in WORKERS:
            metadata = child_metadata(platform, f"demo-{name}", name) | {"managedFields": [SCALER]}
            counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 2)
            deployment = {"metadata": metadata, "spec": {"replicas": 2}, "status": counts}
            self.cluster.put(Kind.DEPLOYMENT, deployment)

    def restart(self) -> None:
        """Let another leader go on: it remembers nothing."""
        self._histories = {scaled.component: ScalingHistory() for scaled in SCALED}
        self._conditions = ConditionHistory()
        self.cluster.dies_at = None

    @property
    def platform(self) -> dict[str, Any]:
        """The PhotoPlatform, to be changed by a test."""
        return self.cluster.objects[(Kind.PLATFORM, NAMESPACE, "demo")]

    async def context(self) -> PassContext:
        """Return what a pass knows before it acts."""
        observed = await ListingObserver(self.cluster).read(NAMESPACE, "demo")
        assert observed is not None
        now, runbooks = self.clock.monotonic(), {**self.runbooks, **observed.runbooks}
        evidence = Evidence(dict(self.readings), {}, self.alerts)
        watched = watched_conditions(runbooks, observed.own_executions, evidence)
        return PassContext(
            observed=observed,
            now=rfc3339(self.clock),
            monotonic=now,
            epoch=1,
            runbooks=runbooks,
            evidence=evidence,
            held=self._conditions.update(watched, now),
            lease_holders=lease_holders(observed.leases, "demo"),
        )

    async def once(self) -> RemediationOutcome:
        """Make one pass: the scaler's part, then the runbooks'."""
        context = await self.context()
        well = msgspec.structs.replace(context, evidence=REDIS_ANSWERS)
        await scale_all(self.cluster, well, WorkerSamples(self._histories))
        try:
            return await RemediationPass(self.cluster, context).run()
        finally:
            self._see_policy()

    def _see_policy(self) -> None:
        policy = self.policy
        if policy is not None and (not self.policies or self.policies[-1] != policy):
            self.policies.append(policy)

    async def passes(self, number: int) -> None:
        """Make passes, one a second."""
        for _ in range(number):
            await self.once()
            self.clock.advance(1)

    async def until(self, phase: Phase, limit: int = 400, alert: str | None = None) -> Execution:
        """Make passes until the newest execution (of an alert) is in a phase."""
        for _ in range(limit):
            found = self.executions(alert)
            if found and found[-1].status.phase is phase:
                return found[-1]
            await self.passes(1)
        told = [(found.status.phase, found.status.explanation) for found in self.executions(alert)]
        raise AssertionError(f"not {phase} after {limit} s: {told}")

    def executions(self, alert: str | None = None) -> list[Execution]:
        """Return the executions, oldest first."""
        found = [
            decode_execution(held) for (kind, _, _), held in self.cluster.objects.items() if kind is Kind.EXECUTION
        ]
        wanted = [execution for execution in found if alert in (None, execution.spec.runbook)]
        return sorted(wanted, key=lambda execution: execution.status.started_at or "9")

    def active(self) -> list[Execution]:
        """Return those that have not ended."""
        return [found for found in self.executions() if found.status.phase not in ENDED]

    @property
    def policy(self) -> RuntimePolicy | None:
        """What pods are told."""
        text = self.cluster.objects[(Kind.CONFIG_MAP, NAMESPACE, "demo-runtime")].get("data", {}).get(POLICY_KEY)
        return None if text is None else msgspec.json.decode(text, type=RuntimePolicy)

    @property
    def told(self) -> RuntimePolicy:
        """What pods are told; there is something."""
        assert self.policy is not None
        return self.policy

    @property
    def leases(self) -> dict[str, str]:
        """Who holds which target."""
        found = {name: held for (kind, _, name), held in self.cluster.objects.items() if kind is Kind.LEASE}
        return {name: held["spec"]["holderIdentity"] for name, held in found.items()}

    @property
    def fanout(self) -> int:
        """How many fan-out workers are asked for."""
        number: int = self.cluster.objects[(Kind.DEPLOYMENT, NAMESPACE, "demo-fanout")]["spec"]["replicas"]
        return number

    def incident(self, alert: str) -> None:
        """Let the incident of a runbook begin: its alert fires, and its diagnosis is confirmed."""
        runbook = self.runbooks[alert]
        self.readings |= {found.signal: 0.0 for found in runbook.recovery.when if found.above is not None}
        self.readings |= {found.signal: 1e9 for found in runbook.recovery.when if found.below is not None}
        self.readings |= {check.condition.signal: met(check.condition) for check in runbook.diagnosis.checks}
        self.readings |= {found.signal: met(found) for found in runbook.verification.conditions}
        self.alerts[alert] = Firing(alert, "f-1", "it fires")

    def heal(self, alert: str) -> None:
        """Let the cause be gone, and everything be well."""
        runbook = self.runbooks[alert]
        recovery = runbook.recovery
        self.readings |= {check.condition.signal: 0.0 for check in runbook.diagnosis.checks}
        self.readings |= {found.signal: met(found) for found in (*recovery.verification.conditions, *recovery.when)}
        settling = recovery.settling.conditions if recovery.settling else ()
        self.readings |= {found.signal: met(found) for found in settling}
        self.alerts.pop(alert, None)
