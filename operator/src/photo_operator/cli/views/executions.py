"""Runbook executions for people; built from plain mappings, so that those of older versions are shown too."""

from collections.abc import Iterable
from typing import Any

from photo_operator.cli.views.base import View, ago, elapsed
from photo_operator.crds.execution import EntryKind, Phase
from photo_operator.crds.platform import Manifest
from photo_operator.runbooks.journal import ENDED

LOOK = "photoplatform -n {namespace} explain runbook {name}"
NEXT_STEPS: dict[str, str] = {
    Phase.AWAITING_APPROVAL: "photoplatform -n {namespace} approve {name}",
    Phase.ESCALATED: "the runbook could not help; follow runbooks/{runbook}/README.md",
}


class ExecutionView(View, frozen=True):
    """One execution as one line."""

    name: str
    runbook: str
    phase: str
    source: str  # Probe, Alert or Person
    running: bool
    age: str
    seconds_to_mitigate: float | None
    seconds_in_all: float | None
    seconds_since_end: float | None
    explanation: str
    next_step: str


class ExecutionsView(View, frozen=True):
    """`photoplatform executions`, newest first."""

    platform: str
    executions: list[ExecutionView]


class StepView(View, frozen=True):
    """One step of a plan."""

    name: str
    leg: str
    action: str
    state: str  # not yet, intended, in force, undoing or undone
    description: str


class EntryView(View, frozen=True):
    """One line of a journal."""

    time: str
    phase: str
    kind: str
    entry: str


class ExplainedExecution(View, frozen=True):
    """`photoplatform explain runbook`."""

    execution: ExecutionView
    platform: str
    trigger: str
    findings: list[str]
    shadow: str  # of a dry run: what it would have done, and whether it was needed
    plan_hash: str
    steps: list[StepView]
    journal: list[EntryView]


def _status(execution: Manifest) -> dict[str, Any]:
    return dict(execution.get("status") or {})


def is_running(execution: Manifest) -> bool:
    """Return whether an execution has not ended."""
    status = _status(execution)
    return not status.get("endedAt") and status.get("phase") not in ENDED


def build_execution_view(execution: Manifest, now: str) -> ExecutionView:
    """Return one execution at a time."""
    spec, status, name = execution["spec"], _status(execution), execution["metadata"]["name"]
    namespace = execution["metadata"]["namespace"]
    phase, started = status.get("phase") or "New", status.get("startedAt")
    return ExecutionView(
        name=name,
        runbook=spec["runbook"],
        phase=phase,
        source=spec["trigger"]["source"],
        running=is_running(execution),
        age=ago(elapsed(execution["metadata"].get("creationTimestamp"), now)),
        seconds_to_mitigate=_span(started, status.get("mitigatedAt")),
        seconds_in_all=_span(started, status.get("endedAt")),
        seconds_since_end=elapsed(status.get("endedAt"), now),
        explanation=status.get("explanation") or spec["trigger"].get("summary", ""),
        next_step=NEXT_STEPS.get(phase, LOOK).format(name=name, namespace=namespace, runbook=spec["runbook"]),
    )


def _span(start: str | None, end: str | None) -> float | None:
    return elapsed(start, end) if end else None


def build_executions_view(platform: str, executions: Iterable[Manifest], now: str) -> ExecutionsView:
    """Return all executions of a platform."""
    return ExecutionsView(platform=platform, executions=[build_execution_view(found, now) for found in executions])


def last_of_each(executions: Iterable[Manifest], now: str) -> dict[str, ExecutionView]:
    """Return the last execution of each runbook; `executions` are newest first."""
    last: dict[str, ExecutionView] = {}
    for found in executions:
        last.setdefault(found["spec"]["runbook"], build_execution_view(found, now))
    return last


STATES: dict[str, str] = {
    EntryKind.INTENT: "intended",
    EntryKind.DONE: "in force",
    EntryKind.UNDO: "undoing",
    EntryKind.UNDONE: "undone",
}


def build_explained_execution(execution: Manifest, now: str) -> ExplainedExecution:
    """Return trigger, findings, plan and journal of an execution."""
    spec, status = execution["spec"], _status(execution)
    journal = list(status.get("journal") or ())
    plan = status.get("plan") or {}
    return ExplainedExecution(
        execution=build_execution_view(execution, now),
        platform=spec["platform"],
        trigger=f"{spec['trigger']['source']}: {spec['trigger'].get('summary') or spec['trigger']['fingerprint']}",
        findings=[_finding(found) for found in status.get("findings") or ()],
        shadow=_shadow(status.get("shadow")),
        plan_hash=plan.get("hash", ""),
        steps=[_step(step, plan, journal) for step in plan.get("steps") or ()],
        journal=[_entry(entry) for entry in journal],
    )


def _finding(found: object) -> str:
    return str(found.get("finding", found)) if isinstance(found, dict) else str(found)


def _shadow(shadow: dict[str, Any] | None) -> str:
    """Return the result of a dry run as a sentence; empty for other executions."""
    if shadow is None:
        return ""
    steps = ", ".join(shadow.get("steps") or ()) or "nothing yet"
    told = {
        "needed": shadow.get("needed"),
        "the cause lasted for": shadow.get("causeLastedSeconds"),
        "users would have been spared": shadow.get("savedSeconds"),
    }
    scored = [
        f"{name} {value}{' s' if isinstance(value, int) else ''}" for name, value in told.items() if value is not None
    ]
    return "; ".join([f"would have applied {steps}", *scored])


def _step(step: dict[str, Any], plan: dict[str, Any], journal: list[dict[str, Any]]) -> StepView:
    pinned = {known["name"]: known for known in (plan.get("runbook") or {}).get("steps") or ()}
    leg = pinned.get(step["name"], {}).get("leg", "")
    kinds = [entry["kind"] for entry in journal if entry.get("step") == step["name"] and entry.get("kind") in STATES]
    return StepView(
        name=step["name"],
        leg=leg,
        action=step["action"].removeprefix(f"{leg}: "),
        state=STATES[kinds[-1]] if kinds else "not yet",
        description=step.get("description", ""),
    )


def _entry(entry: dict[str, Any]) -> EntryView:
    return EntryView(
        time=entry["time"],
        phase=entry["phase"],
        kind=entry.get("kind", EntryKind.TRANSITION.value),
        entry=entry.get("entry", ""),
    )
