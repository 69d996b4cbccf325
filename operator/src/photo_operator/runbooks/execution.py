"""How an execution goes on: from its own status and what is seen to its next status. Pure and level-based.

Nothing is remembered between passes but the execution's status, so that another leader goes on where this one
stopped. A phase is stored before its effect: `wanted_mode` derives the effect from the stored phase.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from photo_core.domain.runtime_policy import FeedMode
from photo_operator.crds import Execution, ExecutionStatus, JournalEntry, Phase, Plan
from photo_operator.observe.feed_cache import Signals

SMALL_LAG = 50  # fan-out messages; below, followers see posts at once
SMALL_REBUILDS = 10  # feeds under rebuild; an idle platform has a few now and then
JOURNAL_LIMIT = 100


class Timing(Struct, frozen=True):
    """How long is long enough, in seconds."""

    healthy_before_recovery: int = 10  # the cause must be gone for so long
    breakers_may_delay: int = 25  # open breakers of pods delay recovery until then
    verify_recovery_at_least: int = 6
    verify_recovery_at_most: int = 90  # then pods are trusted to look after themselves


class View(Struct, frozen=True):
    """What a decision sees beside the execution; `now` is RFC 3339 UTC."""

    now: str
    signals: Signals
    feed_mode: FeedMode | None  # of the runtime policy as it is
    lag: int | None = None
    blocked: Phase | None = None  # what a guard says


def seconds_between(before: str | None, now: str) -> float:
    """Return the seconds from one RFC 3339 time to another, 0 where the first is missing."""
    if before is None:
        return 0.0
    return (datetime.fromisoformat(now) - datetime.fromisoformat(before)).total_seconds()


def wanted_mode(status: ExecutionStatus) -> FeedMode | None:
    """Return the feed mode that an execution's phase asks for; None asks for no change."""
    match status.phase:
        case Phase.MITIGATING | Phase.VERIFYING | Phase.MITIGATED:
            return FeedMode.PULL
        case Phase.RECOVERING | Phase.VERIFYING_RECOVERY:
            return FeedMode.REBUILDING
        case Phase.SUCCEEDED:
            return FeedMode.PUSH
        case _:
            return None


def advance(plan: Plan, execution: Execution, view: View) -> ExecutionStatus:
    """Return the execution's next status; the same one where nothing is to be written."""
    status = execution.status
    if status.phase is None:
        return _enter(status, Phase.TRIGGERED, view, execution.spec.trigger.summary, started_at=view.now)
    if status.phase is Phase.TRIGGERED:
        return _enter(status, Phase.PLANNED, view, f"{len(plan.steps)} steps, plan {plan.hash}", plan=plan)
    going_on = _GOING_ON.get(status.phase)
    return status if going_on is None else going_on(Timing(), status, view)


def _enter(status: ExecutionStatus, phase: Phase, view: View, why: str, **changed: object) -> ExecutionStatus:
    entry = JournalEntry(view.now, phase, why)
    journal = (*status.journal, entry)[-JOURNAL_LIMIT:]
    return msgspec.structs.replace(
        status,
        **({"phase": phase, "phase_since": view.now, "journal": journal, "explanation": why} | changed),
    )


def _planned(_: Timing, status: ExecutionStatus, view: View) -> ExecutionStatus:
    if view.blocked is None:
        return _enter(status, Phase.MITIGATING, view, "about to tell pods to pull feeds")
    if view.blocked is status.phase:
        return status
    if view.blocked is Phase.BLOCKED:
        return _enter(status, Phase.BLOCKED, view, "remediation is not automatic: planned only", ended_at=view.now)
    why = f"waiting for a RunbookApproval of plan {status.plan.hash if status.plan else ''}"
    return _enter(status, view.blocked, view, why)


def _mitigating(_: Timing, status: ExecutionStatus, view: View) -> ExecutionStatus:
    if view.feed_mode is FeedMode.PULL:
        return _enter(status, Phase.VERIFYING, view, "pods are told to pull feeds", healthy_since=None)
    return status


def _verifying(_: Timing, status: ExecutionStatus, view: View) -> ExecutionStatus:
    return _enter(status, Phase.MITIGATED, view, "feeds are pulled", mitigated_at=status.mitigated_at or view.now)


def _mitigated(timing: Timing, status: ExecutionStatus, view: View) -> ExecutionStatus:
    signals = view.signals
    if not signals.probe_good:
        if status.healthy_since is None:
            return status
        return msgspec.structs.replace(status, healthy_since=None, explanation="Redis is out again; feeds are pulled")
    if status.healthy_since is None:
        return msgspec.structs.replace(status, healthy_since=view.now, explanation="Redis answers; watching it")
    healthy = seconds_between(status.healthy_since, view.now)
    waits_for_pods = signals.breakers_open > 0 and healthy < timing.breakers_may_delay
    if healthy < timing.healthy_before_recovery or waits_for_pods:
        return status
    return _enter(status, Phase.RECOVERING, view, f"Redis good for {healthy:.0f} s; about to tell pods to rebuild")


def _relapse(status: ExecutionStatus, view: View) -> ExecutionStatus:
    return _enter(status, Phase.MITIGATING, view, "Redis is out again; about to pull", healthy_since=None)


def _recovering(_: Timing, status: ExecutionStatus, view: View) -> ExecutionStatus:
    if not view.signals.probe_good:
        return _relapse(status, view)
    if view.feed_mode is FeedMode.REBUILDING:
        return _enter(status, Phase.VERIFYING_RECOVERY, view, "pods push whole feeds and rebuild the others")
    return status


def _verifying_recovery(timing: Timing, status: ExecutionStatus, view: View) -> ExecutionStatus:
    if not view.signals.probe_good:
        return _relapse(status, view)
    spent = seconds_between(status.phase_since, view.now)
    if spent < timing.verify_recovery_at_least:
        return status
    waiting = _waiting_for(view)
    if not waiting:
        return _enter(status, Phase.SUCCEEDED, view, "feeds are whole; pods push", ended_at=view.now)
    if spent < timing.verify_recovery_at_most:
        return status
    why = f"pods push after {spent:.0f} s although {waiting}"
    return _enter(status, Phase.SUCCEEDED, view, why, ended_at=view.now)


def _waiting_for(view: View) -> str:
    if view.signals.failures or view.signals.breakers_open:
        return "pods still report failures of Redis"
    rebuilds = max(view.signals.rebuilds_running, view.signals.rebuild_remaining)
    if rebuilds > SMALL_REBUILDS:
        return f"{rebuilds:.0f} feeds are being rebuilt"
    if view.lag is None:
        return "the fan-out's lag is not known"
    return f"the fan-out lags by {view.lag} messages" if view.lag > SMALL_LAG else ""


_GOING_ON: dict[Phase, Callable[[Timing, ExecutionStatus, View], ExecutionStatus]] = {
    Phase.PLANNED: _planned,
    Phase.AWAITING_APPROVAL: _planned,
    Phase.MITIGATING: _mitigating,
    Phase.VERIFYING: _verifying,
    Phase.MITIGATED: _mitigated,
    Phase.RECOVERING: _recovering,
    Phase.VERIFYING_RECOVERY: _verifying_recovery,
}
