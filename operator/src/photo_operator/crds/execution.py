"""RunbookExecution and RunbookApproval as frozen structs, with everything that an execution remembers.

Decoded from what the API server returns; nothing here talks to it. `DecisionView` is what one decision about an
execution is made from. The journal entry of the decision contains it, so that `runbooks.replay` can decide it again.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from photo_operator.crds.platform import Manifest, Metadata, RemediationMode
from photo_operator.crds.runbook import Runbook
from photo_operator.signals import Signal


class Phase(StrEnum):
    """`RunbookExecution.status.phase`, in order."""

    TRIGGERED = "Triggered"  # an incident was seen, nothing is decided
    DIAGNOSING = "Diagnosing"  # checking whether the incident is what the runbook is for
    PLANNED = "Planned"  # it is; the guards are asked whether it may act
    AWAITING_APPROVAL = "AwaitingApproval"  # a person decides
    BLOCKED = "Blocked"  # a guard forbids to act; continues once none does
    MITIGATING = "Mitigating"  # steps are put in force that help users while the cause lasts
    VERIFYING = "Verifying"  # checking whether they help
    MITIGATED = "Mitigated"  # they help; the cause lasts
    RECOVERING = "Recovering"  # the cause is gone; the mitigation is undone
    VERIFYING_RECOVERY = "VerifyingRecovery"  # checking whether the platform stays well without it
    COMPENSATING = "Compensating"  # it did not help or must not continue: everything is undone
    SUCCEEDED = "Succeeded"  # the cause is gone and nothing is in force
    ESCALATED = "Escalated"  # nothing is in force, and a person has to look
    INCONCLUSIVE = "Inconclusive"  # nothing is in force: not confirmed, gone by itself, or it did not help


class EntryKind(StrEnum):
    """`journal[].kind`."""

    TRANSITION = "Transition"  # the phase changed
    INTENT = "Intent"  # a step is in force from here on; written before its effect
    DONE = "Done"  # its effect is seen
    UNDO = "Undo"  # a step is no longer in force; written before its compensation
    UNDONE = "Undone"  # the compensation is seen
    NOTE = "Note"  # something else changed


class TriggerSource(StrEnum):
    """`spec.trigger.source`."""

    PROBE = "Probe"  # the operator's own readings
    ALERT = "Alert"  # Alertmanager
    PERSON = "Person"  # somebody created the execution


class ExecutionTrigger(Struct, frozen=True, rename="camel"):
    """Why an execution was created."""

    source: TriggerSource
    fingerprint: str
    summary: str = ""


class ExecutionSpec(Struct, frozen=True, rename="camel"):
    """`RunbookExecution.spec`; `runbook` is the alert that the runbook answers."""

    platform: str
    runbook: str
    trigger: ExecutionTrigger


class PlanStep(Struct, frozen=True, rename="camel"):
    """One step of a plan."""

    name: str
    action: str
    description: str


class Plan(Struct, frozen=True, rename="camel"):
    """The steps and the whole runbook that they come from, pinned; a RunbookApproval names the hash."""

    hash: str
    steps: tuple[PlanStep, ...]
    runbook: Runbook


class Judgement(StrEnum):
    """What the guards say of an execution that has not acted yet."""

    GO = "Go"  # no guard forbids it
    APPROVAL = "Approval"  # a person has to approve it
    BLOCKED = "Blocked"  # a guard forbids it for now


class Verdict(Struct, frozen=True, rename="camel"):
    """A judgement and its reason."""

    judgement: Judgement = Judgement.GO
    why: str = ""


class DecisionView(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a decision is made from, besides the execution itself; `now` is RFC 3339 UTC.

    Attributes:
        now: when it is decided.
        mode: the remediation mode of this platform and runbook, as the spec says now.
        readings: the signals that the runbook names and that are known.
        held: the conditions that have held for as long as they ask, of those that ask for some time.
        verdict: what the guards say.
        stop: why it must not act any more; empty where it may.
        waits_for: the Leases of its targets that it does not hold, and who does; empty where it holds all.
        settled: whether the cluster shows the effect that the last change of the journal waits for.
        policy: the current runtime policy without fields that are not set; recorded before a step changes it.
        ineffective: earlier executions of this runbook that did not help, within the guard's time.
        offered: the current runbook, where it differs from the one in the plan.
    """

    now: str
    mode: RemediationMode = RemediationMode.AUTOMATIC
    readings: dict[Signal, float] = {}
    held: tuple[str, ...] = ()
    verdict: Verdict = Verdict()
    stop: str = ""
    waits_for: str = ""
    settled: bool = False
    policy: dict[str, Any] = {}
    ineffective: int = 0
    offered: Runbook | None = None


class JournalEntry(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One change of the status: what was decided, and from what. `key` identifies one change of one step."""

    time: str
    phase: Phase
    kind: EntryKind
    entry: str
    inputs: DecisionView
    step: str | None = None
    key: str | None = None
    before: dict[str, Any] | None = None


class Needed(StrEnum):
    """Whether a runbook that only watched would have been needed."""

    YES = "Yes"  # the cause outlasted the time that the runbook would have taken
    NO = "No"  # it was gone before the runbook would have helped


class Shadow(Struct, frozen=True, rename="camel", omit_defaults=True):
    """What a dry run would have done, scored against what happened; filled in when it ends."""

    would_mitigate_after_seconds: int | None = None
    cause_lasted_seconds: int | None = None
    saved_seconds: int | None = None  # for how long the runbook would have helped users
    needed: Needed | None = None
    steps: tuple[str, ...] = ()  # that would have been put in force


class ExecutionStatus(Struct, frozen=True, rename="camel", omit_defaults=True):
    """`RunbookExecution.status`; times are RFC 3339 UTC."""

    phase: Phase | None = None
    plan: Plan | None = None
    journal: tuple[JournalEntry, ...] = ()
    started_at: str | None = None
    mitigated_at: str | None = None
    ended_at: str | None = None
    healthy_since: str | None = None
    phase_since: str | None = None
    explanation: str = ""
    mode: RemediationMode | None = None  # when it was triggered
    findings: tuple[str, ...] = ()
    shadow: Shadow | None = None  # only of a dry run, which puts nothing in force
    effective: bool | None = None  # whether the mitigation helped
    outcome: Phase | None = None  # where it ends once nothing is in force any more


class Execution(Struct, frozen=True, rename="camel"):
    """A RunbookExecution; `unread` is a status of another version, which the next write has to remove."""

    metadata: Metadata
    spec: ExecutionSpec
    status: ExecutionStatus = ExecutionStatus()
    unread: Manifest = {}


class ApprovalState(StrEnum):
    """`RunbookApproval.status.state`; final once it is said."""

    ACCEPTED = "Accepted"  # the plan that it names may be carried out
    REFUSED = "Refused"  # it names no plan that waits


class ApprovalSpec(Struct, frozen=True, rename="camel"):
    """`RunbookApproval.spec`."""

    execution: str
    plan_hash: str


class ApprovalStatus(Struct, frozen=True, rename="camel", omit_defaults=True):
    """`RunbookApproval.status`; no state while its execution is not planned yet."""

    state: ApprovalState | None = None
    message: str = ""


class Approval(Struct, frozen=True, rename="camel"):
    """A RunbookApproval."""

    metadata: Metadata
    spec: ApprovalSpec
    status: ApprovalStatus = ApprovalStatus()


def decode_execution(manifest: Mapping[str, Any]) -> Execution:
    """Decode a RunbookExecution; a status of an older version is dropped unless the execution has ended.

    Raises:
        msgspec.ValidationError: it is not what the CRD promises.
    """
    try:
        return msgspec.convert(dict(manifest), Execution)
    except msgspec.ValidationError:
        status = manifest.get("status", {})
        return msgspec.convert({**manifest, "status": _of_another_version(status), "unread": status}, Execution)


def _of_another_version(status: Mapping[str, Any]) -> Manifest:
    if not status.get("endedAt"):
        return {}
    ended = status.get("phase") if status.get("phase") in ("Succeeded", "Escalated") else Phase.INCONCLUSIVE.value
    known = ("startedAt", "mitigatedAt", "endedAt", "explanation")
    return {"phase": ended} | {key: status[key] for key in known if key in status}


def decode_approval(manifest: Mapping[str, Any]) -> Approval:
    """Decode a RunbookApproval.

    Raises:
        msgspec.ValidationError: it is not what the CRD promises.
    """
    return msgspec.convert(dict(manifest), Approval)


def encode_status(status: ExecutionStatus | ApprovalStatus) -> Manifest:
    """Return a status as the API server stores it."""
    encoded: Manifest = msgspec.to_builtins(status)
    return encoded
