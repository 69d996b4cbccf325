"""Scores a dry run against what happened. Pure; called by `execution` when a dry run ends."""

import msgspec

from photo_operator.crds.execution import ExecutionStatus, Needed, Shadow
from photo_operator.runbooks.journal import last_of_steps, seconds_between


def scored(status: ExecutionStatus) -> ExecutionStatus:
    """Return the status of an ended dry run with its score."""
    gone = status.healthy_since or status.ended_at or ""
    lasted = int(seconds_between(status.started_at, gone))
    helped = None if status.mitigated_at is None else int(seconds_between(status.started_at, status.mitigated_at))
    shadow = Shadow(
        would_mitigate_after_seconds=helped,
        cause_lasted_seconds=lasted,
        saved_seconds=0 if helped is None else max(0, lasted - helped),
        needed=Needed.YES if helped is not None and lasted > helped else Needed.NO,
        steps=tuple(last_of_steps(status.journal)),
    )
    return msgspec.structs.replace(status, shadow=shadow)
