"""The runbooks' part of a pass: match, create, advance, and tell pods what follows. Called by `reconcile`.

Decisions are those of `runbooks`; a phase is stored before its effect, and the effect is derived from what is stored.
"""

import msgspec
import structlog
from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode, RuntimePolicy
from photo_operator.actions.runtime_policy import write_policy
from photo_operator.cluster.kinds import Kind
from photo_operator.cluster.port import ClusterWriter
from photo_operator.crds import (
    API_VERSION,
    Execution,
    Manifest,
    ModeOfFeeds,
    Platform,
    PlatformSpec,
    decode_execution,
    encode_status,
)
from photo_operator.desired.components import Component
from photo_operator.desired.metadata import child_metadata
from photo_operator.observe.feed_cache import Signals
from photo_operator.observe.gather import Observed
from photo_operator.observe.workloads import rollout
from photo_operator.runbooks import execution as executions
from photo_operator.runbooks import guards
from photo_operator.runbooks.matching import Incident, match
from photo_operator.runbooks.model import Runbook
from photo_operator.runbooks.planning import build_plan
from photo_operator.status import LEVELS, build_patch

log = structlog.get_logger(__name__)


class Remedied(Struct, frozen=True):
    """What came of it: the mode that pods are told, the execution under way, and whether anything moved."""

    feed_mode: FeedMode | None
    execution: Execution | None
    changed: bool


def build_execution(platform: Platform, incident: Incident, now: str) -> Manifest:
    """Return the record of an incident; its name holds the second in which it was seen."""
    fingerprint = f"{incident.runbook.lower()}-{now.translate(str.maketrans('', '', '-:TZ'))}"
    metadata = child_metadata(platform, f"{platform.metadata.name}-{fingerprint}", "runbook")
    return {
        "apiVersion": API_VERSION,
        "kind": "RunbookExecution",
        "metadata": metadata,
        "spec": {
            "platform": platform.metadata.name,
            "runbook": incident.runbook,
            "trigger": {"source": "Probe", "fingerprint": fingerprint, "summary": incident.summary},
        },
    }


def wanted_mode(spec: PlatformSpec, running: Execution | None) -> FeedMode | None:
    """Return how pods shall serve feeds; None leaves it as it is."""
    if spec.feed.mode is not ModeOfFeeds.AUTO:
        return FeedMode.PULL if spec.feed.mode is ModeOfFeeds.PULL else FeedMode.PUSH
    if running is None:
        return FeedMode.PUSH
    return executions.wanted_mode(running.status)


def _may_start(observed: Observed) -> bool:
    """Nobody suffers before there is an API."""
    api = rollout(observed.children, observed.platform.metadata.name, Component.API)
    return api.exists and guards.may_start(observed.platform.spec)


class Remediation(Struct, frozen=True):
    """What a pass remedies with; `now` is RFC 3339 UTC."""

    cluster: ClusterWriter
    runbooks: dict[str, Runbook]
    now: str
    epoch: int

    async def run(self, observed: Observed, signals: Signals, lag: int | None) -> Remedied:
        """Go one step on."""
        spec = observed.platform.spec
        known = [found for found in observed.executions if found.spec.runbook in self.runbooks]
        running = guards.active(known)
        if spec.pause_requests:
            return Remedied(observed.policy.feed_mode if observed.policy else None, running, changed=False)
        if running is None:
            before, running = None, await self._start(observed, signals)
        else:
            before, running = running, await self._advance(observed, running, signals, lag)
        mode = await self._set_mode(observed, running)
        ended = running is not None and running.status.phase in guards.ENDED
        return Remedied(mode, None if ended else running, changed=running != before)

    async def _start(self, observed: Observed, signals: Signals) -> Execution | None:
        incident = match(signals)
        if incident is None or incident.runbook not in self.runbooks or not _may_start(observed):
            return None
        manifest = build_execution(observed.platform, incident, self.now)
        log.warning("incident", runbook=incident.runbook, seen=incident.summary)
        return decode_execution(await self.cluster.create(Kind.EXECUTION, manifest))

    async def _advance(self, observed: Observed, running: Execution, signals: Signals, lag: int | None) -> Execution:
        runbook = self.runbooks[running.spec.runbook]
        view = executions.View(
            now=self.now,
            signals=signals,
            feed_mode=observed.policy.feed_mode if observed.policy else None,
            lag=lag,
            blocked=guards.blocked(observed.platform.spec, running, observed.approvals),
        )
        after = executions.advance(build_plan(runbook), running, view)
        patch = build_patch(encode_status(running.status), encode_status(after))
        if patch:
            metadata = running.metadata
            await self.cluster.patch_status(Kind.EXECUTION, metadata.namespace, metadata.name, patch)
            log.info("execution", execution=metadata.name, phase=after.phase, why=after.explanation)
        return msgspec.structs.replace(running, status=after)

    async def _set_mode(self, observed: Observed, running: Execution | None) -> FeedMode | None:
        policy = observed.policy
        current = policy.feed_mode if policy else None
        mode = wanted_mode(observed.platform.spec, running) or current or FeedMode.PUSH
        wanted = RuntimePolicy(mode, LEVELS[mode], self.epoch)
        if policy is None or (policy.feed_mode, policy.degraded_level) != (mode, wanted.degraded_level):
            await write_policy(self.cluster, observed.platform, wanted)
            log.info("feed mode", before=current, now=mode)
        return mode
