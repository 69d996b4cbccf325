"""`photoplatform status`: is the platform healthy, what is it doing, and why. Pure."""

from collections.abc import Iterator
from typing import Any

from photo_operator.cli.snapshot import PlatformSnapshot
from photo_operator.cli.views.base import View, ago, elapsed
from photo_operator.cli.views.executions import ExecutionView, build_execution_view
from photo_operator.crds.maintenance import maintenance_at
from photo_operator.crds.platform import Manifest, Platform, Remediation

LAST_EVENTS = 6
SILENT_SECONDS = 30.0  # a Lease lasts 15 s, so nobody leads
WANTED = {"Ready": "True", "EnginesReachable": "True", "Progressing": "False", "Degraded": "False"}
WANTED |= {"Paused": "False", "Remediating": "False"}


class ConditionView(View, frozen=True):
    """One condition."""

    type: str
    status: str
    as_wanted: bool
    reason: str
    since: str
    message: str


class WorkerView(View, frozen=True):
    """One worker."""

    name: str
    replicas: int
    desired: int
    lag: int | None
    drain_seconds: int | None
    limited_by: str
    explanation: str


class EventView(View, frozen=True):
    """One event of the platform."""

    ago: str
    warning: bool
    reason: str
    message: str


class OperatorView(View, frozen=True):
    """The leading operator."""

    leader: str
    renewed_seconds_ago: float | None
    alive: bool | None  # None if the Lease does not exist or may not be read
    sentence: str


class FeedView(View, frozen=True):
    """How feeds are served."""

    mode: str
    spec_mode: str
    degraded_level: int
    feeds_to_rebuild: int


class StatusView(View, frozen=True):
    """The whole screen."""

    namespace: str
    platform: str
    healthy: bool
    sentence: str  # the most important fact
    api_url: str
    feed: FeedView
    operator: OperatorView
    remediation: str
    conditions: list[ConditionView]
    workers: list[WorkerView]
    running: list[ExecutionView]
    last_execution: ExecutionView | None
    pause_reasons: list[str]
    maintenance_until: str
    maintenance_reason: str
    events: list[EventView]


def build_status_view(snapshot: PlatformSnapshot, now: str) -> StatusView:
    """Return the status screen of a platform at a time."""
    platform, status = snapshot.platform, snapshot.platform.status
    operator = build_operator_view(snapshot.lease, now)
    executions = [build_execution_view(found, now) for found in snapshot.executions]
    running = [found for found in executions if found.running]
    window = maintenance_at(platform.spec.maintenance_windows, now)
    healthy, sentence = judge(platform, operator, running)
    return StatusView(
        namespace=platform.metadata.namespace,
        platform=platform.metadata.name,
        healthy=healthy,
        sentence=sentence,
        api_url=status.get("apiURL", ""),
        feed=_feed(platform),
        operator=operator,
        remediation=_remediation(platform.spec.remediation),
        conditions=[_condition(found, now) for found in status.get("conditions") or ()],
        workers=[_worker(name, found) for name, found in sorted((status.get("workers") or {}).items())],
        running=running,
        last_execution=next((found for found in executions if not found.running), None),
        pause_reasons=[request.reason for request in platform.spec.pause_requests],
        maintenance_until=window.until if window else "",
        maintenance_reason=window.reason if window else "",
        events=[_event(found, now) for found in snapshot.events[:LAST_EVENTS]],
    )


def judge(platform: Platform, operator: OperatorView, running: list[ExecutionView]) -> tuple[bool, str]:
    """Return whether a platform is healthy, and the most important fact about it."""
    complaint = next(_complaints(platform, operator, running), None)
    if complaint is not None:
        return False, complaint
    conditions = _by_type(platform)
    notes = [_sentence_of(conditions, kind) for kind in ("Paused", "Progressing") if _is(conditions, kind, "True")]
    return True, ". ".join(["users can post and read", *notes[:1]])


def _complaints(platform: Platform, operator: OperatorView, running: list[ExecutionView]) -> Iterator[str]:
    """Yield the problems, the worst first."""
    conditions = _by_type(platform)
    if not conditions:
        yield "the operator has not reconciled it yet: is it installed, and does it watch this namespace?"
    if operator.alive is False:
        yield f"{operator.sentence}; the status below is from then"
    if platform.status.get("observedGeneration") != platform.metadata.generation:
        yield "the operator has not observed the last change of the spec yet"
    yield from (
        _sentence_of(conditions, kind) for kind in ("Ready", "EnginesReachable") if not _is(conditions, kind, "True")
    )
    yield from (f"{found.runbook} is {found.phase}: {found.explanation}" for found in running)
    if _is(conditions, "Degraded", "True"):
        yield _sentence_of(conditions, "Degraded")


def _by_type(platform: Platform) -> dict[str, Manifest]:
    return {found["type"]: found for found in platform.status.get("conditions") or ()}


def _is(conditions: dict[str, Manifest], kind: str, status: str) -> bool:
    return bool(conditions.get(kind, {}).get("status") == status)


def _sentence_of(conditions: dict[str, Manifest], kind: str) -> str:
    found = conditions.get(kind, {})
    return f"{kind} is {found.get('status', 'Unknown')} ({found.get('reason', '')}): {found.get('message', '')}"


def build_operator_view(lease: Manifest | None, now: str) -> OperatorView:
    """Return who leads, according to the Lease."""
    spec = (lease or {}).get("spec") or {}
    leader = str(spec.get("holderIdentity") or "").partition("_")[0]
    silent = elapsed(spec.get("renewTime"), now)
    if lease is None or silent is None:
        return OperatorView(leader="", renewed_seconds_ago=None, alive=None, sentence="its Lease cannot be read")
    if not leader or silent > SILENT_SECONDS:
        sentence = f"no operator has led for {ago(silent)}"
        return OperatorView(leader=leader, renewed_seconds_ago=silent, alive=False, sentence=sentence)
    sentence = f"{leader} leads, renewed {ago(silent)} ago"
    return OperatorView(leader=leader, renewed_seconds_ago=silent, alive=True, sentence=sentence)


def _condition(found: Manifest, now: str) -> ConditionView:
    return ConditionView(
        type=found["type"],
        status=found["status"],
        as_wanted=found["status"] == WANTED.get(found["type"], found["status"]),
        reason=found["reason"],
        since=ago(elapsed(found["lastTransitionTime"], now)),
        message=found["message"],
    )


def _feed(platform: Platform) -> FeedView:
    status = platform.status
    return FeedView(
        mode=status.get("feedMode", "unknown"),
        spec_mode=platform.spec.feed.mode.value,
        degraded_level=status.get("degradedLevel", 0),
        feeds_to_rebuild=status.get("feedsToRebuild", 0),
    )


def _remediation(remediation: Remediation) -> str:
    own = [f"{runbook.alert}: {runbook.mode.value}" for runbook in remediation.runbooks]
    return f"{remediation.mode.value} ({', '.join(own)})" if own else remediation.mode.value


def _worker(name: str, found: dict[str, Any]) -> WorkerView:
    return WorkerView(
        name=name,
        replicas=found.get("replicas", 0),
        desired=found.get("desired", 0),
        lag=found.get("lag"),
        drain_seconds=found.get("drainSeconds"),
        limited_by=found.get("limitedBy", ""),
        explanation=found.get("explanation", ""),
    )


def _event(found: Manifest, now: str) -> EventView:
    return EventView(
        ago=ago(elapsed(found.get("lastTimestamp"), now)),
        warning=found.get("type") == "Warning",
        reason=found.get("reason", ""),
        message=found.get("message", ""),
    )
