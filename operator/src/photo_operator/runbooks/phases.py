"""What the phases of executions mean: which have ended, and which may have something in force. Pure."""

from collections.abc import Iterable

from photo_operator.crds.execution import Execution, Phase

ENDED = frozenset({Phase.SUCCEEDED, Phase.ESCALATED, Phase.INCONCLUSIVE})
# something may be in force; its targets' Leases are held
ACTING = frozenset(
    {
        Phase.MITIGATING,
        Phase.VERIFYING,
        Phase.MITIGATED,
        Phase.RECOVERING,
        Phase.VERIFYING_RECOVERY,
        Phase.COMPENSATING,
    }
)

# the state machine: no execution goes another way, and docs/reference/runbook-states.md is drawn from it
LEADS_TO: dict[Phase | None, tuple[Phase, ...]] = {
    None: (Phase.TRIGGERED, Phase.INCONCLUSIVE),
    Phase.TRIGGERED: (Phase.DIAGNOSING,),
    Phase.DIAGNOSING: (Phase.PLANNED, Phase.INCONCLUSIVE),
    Phase.PLANNED: (Phase.MITIGATING, Phase.AWAITING_APPROVAL, Phase.BLOCKED, Phase.INCONCLUSIVE),
    Phase.AWAITING_APPROVAL: (Phase.MITIGATING, Phase.BLOCKED, Phase.INCONCLUSIVE),
    Phase.BLOCKED: (Phase.MITIGATING, Phase.AWAITING_APPROVAL, Phase.INCONCLUSIVE),
    Phase.MITIGATING: (Phase.VERIFYING, Phase.COMPENSATING),
    Phase.VERIFYING: (Phase.MITIGATED, Phase.COMPENSATING),
    Phase.MITIGATED: (Phase.RECOVERING, Phase.COMPENSATING),
    Phase.RECOVERING: (Phase.VERIFYING_RECOVERY, Phase.MITIGATING, Phase.COMPENSATING),
    Phase.VERIFYING_RECOVERY: (Phase.SUCCEEDED, Phase.MITIGATING, Phase.COMPENSATING),
    Phase.COMPENSATING: (Phase.BLOCKED, Phase.ESCALATED, Phase.INCONCLUSIVE),
    Phase.SUCCEEDED: (),
    Phase.ESCALATED: (),
    Phase.INCONCLUSIVE: (),
}
CUT_SHORT = (Phase.COMPENSATING, Phase.INCONCLUSIVE)  # open from every phase: a full journal, a dry run that ends


def active(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """Return the executions that have not ended, oldest first."""
    running = (execution for execution in executions if execution.status.phase not in ENDED)
    return tuple(sorted(running, key=lambda found: (found.metadata.creation_timestamp or "", found.metadata.name)))


def acts(execution: Execution) -> bool:
    """Whether an execution may have something in force."""
    return execution.status.phase in ACTING and execution.status.shadow is None


def of_runbook(executions: Iterable[Execution], platform: str, alert: str) -> tuple[Execution, ...]:
    """Return the executions of a platform's runbook."""
    return tuple(found for found in executions if (found.spec.platform, found.spec.runbook) == (platform, alert))
