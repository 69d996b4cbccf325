"""Which ended executions are no longer needed. Pure; called by `remediation`."""

from collections.abc import Iterable

from photo_operator.crds.execution import Execution
from photo_operator.runbooks.journal import seconds_between
from photo_operator.runbooks.phases import ENDED

KEPT = 20  # of a platform, the newest
YOUNGEST_SECONDS = 14_400  # guards count executions of the last hour, and those that did not help


def prunable(executions: Iterable[Execution], now: str) -> tuple[Execution, ...]:
    """Return the ended executions of one platform that may be deleted, oldest first.

    None goes while a guard counts it: not within four hours, nor within its own runbook's ineffectiveWithinSeconds.
    """
    ended = [found for found in executions if found.status.phase in ENDED and found.status.ended_at]
    ended.sort(key=lambda found: (found.status.ended_at or "", found.metadata.name))
    older = ended[: max(0, len(ended) - KEPT)]
    return tuple(found for found in older if seconds_between(found.status.ended_at, now) >= _needed_seconds(found))


def _needed_seconds(execution: Execution) -> float:
    plan = execution.status.plan
    own = plan.runbook.guards.ineffective_within_seconds if plan else 0
    cooldown = plan.runbook.guards.cooldown_seconds if plan else 0
    return max(YOUNGEST_SECONDS, own, cooldown)
