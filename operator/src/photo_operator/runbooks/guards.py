"""What forbids a runbook to act. Pure; asked before anything is created and before a plan is carried out."""

from collections.abc import Iterable

from photo_operator.crds import Approval, Execution, ModeOfFeeds, Phase, PlatformSpec, RemediationMode

ENDED = frozenset({Phase.SUCCEEDED, Phase.BLOCKED})


def active(executions: Iterable[Execution]) -> Execution | None:
    """Return the execution under way: the oldest that has not ended."""
    running = [execution for execution in executions if execution.status.phase not in ENDED]
    return min(running, key=lambda execution: execution.metadata.creation_timestamp or "", default=None)


def may_start(spec: PlatformSpec) -> bool:
    """Whether an incident may create an execution: not with remediation off, a fixed feed mode or a pause."""
    return (
        spec.remediation.mode is not RemediationMode.OFF
        and spec.feed.mode is ModeOfFeeds.AUTO
        and not spec.pause_requests
    )


def blocked(spec: PlatformSpec, execution: Execution, approvals: Iterable[Approval]) -> Phase | None:
    """Return the phase that a planned execution must stand in instead of acting, or None."""
    mode = spec.remediation.mode
    if mode in (RemediationMode.OFF, RemediationMode.DRY_RUN) or spec.feed.mode is not ModeOfFeeds.AUTO:
        return Phase.BLOCKED
    if mode is RemediationMode.APPROVAL and not _approved(execution, approvals):
        return Phase.AWAITING_APPROVAL
    return None


def _approved(execution: Execution, approvals: Iterable[Approval]) -> bool:
    plan = execution.status.plan
    return plan is not None and any(
        approval.spec.execution == execution.metadata.name and approval.spec.plan_hash == plan.hash
        for approval in approvals
    )
