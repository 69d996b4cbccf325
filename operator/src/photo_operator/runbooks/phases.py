"""What the phases of executions mean: which have ended, and which may have something in force. Pure."""

from collections.abc import Iterable

from photo_operator.incidents import Execution, Phase

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
