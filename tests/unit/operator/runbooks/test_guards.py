from typing import Any

import msgspec
import pytest

from photo_operator.crds import (
    Approval,
    ApprovalSpec,
    Execution,
    ExecutionSpec,
    ExecutionStatus,
    Metadata,
    Phase,
    Plan,
    Trigger,
    decode_platform,
)
from photo_operator.runbooks.guards import active, blocked, may_start

PLANNED = ExecutionStatus(phase=Phase.PLANNED, plan=Plan("hash", ()))


def _execution(name: str = "demo-1", status: ExecutionStatus = PLANNED) -> Execution:
    created = Metadata(name, "photos", "uid", creation_timestamp=f"2026-01-01T00:00:0{name[-1]}Z")
    return Execution(created, ExecutionSpec("demo", "FeedCacheDown", Trigger("Probe", "f")), status)


def _approval(execution: str, plan: str) -> Approval:
    return Approval(Metadata("a", "photos", "uid"), ApprovalSpec(execution, plan))


def _spec(manifest: dict[str, Any], **changed: object) -> Any:
    return decode_platform(manifest | {"spec": manifest["spec"] | changed}).spec


@pytest.mark.parametrize(
    ("changed", "starts"),
    [
        ({}, True),
        ({"remediation": {"mode": "DryRun"}}, True),
        ({"remediation": {"mode": "Off"}}, False),
        ({"feed": {"mode": "Pull"}}, False),
        ({"pauseRequests": [{"reason": "migration"}]}, False),
    ],
)
def test_what_may_start(manifest: dict[str, Any], changed: dict[str, Any], starts: bool) -> None:  # noqa: FBT001
    assert may_start(_spec(manifest, **changed)) is starts


def test_an_automatic_platform_blocks_nothing(manifest: dict[str, Any]) -> None:
    assert blocked(_spec(manifest), _execution(), ()) is None


def test_a_dry_run_is_blocked(manifest: dict[str, Any]) -> None:
    assert blocked(_spec(manifest, remediation={"mode": "DryRun"}), _execution(), ()) is Phase.BLOCKED


@pytest.mark.parametrize(
    ("approvals", "phase"),
    [
        ((), Phase.AWAITING_APPROVAL),
        ((_approval("demo-1", "other"),), Phase.AWAITING_APPROVAL),
        ((_approval("demo-2", "hash"),), Phase.AWAITING_APPROVAL),
        ((_approval("demo-1", "hash"),), None),
    ],
)
def test_an_approval_names_execution_and_plan(
    manifest: dict[str, Any], approvals: tuple[Approval, ...], phase: Phase | None
) -> None:
    assert blocked(_spec(manifest, remediation={"mode": "Approval"}), _execution(), approvals) is phase


def test_the_oldest_that_has_not_ended_is_active() -> None:
    ended = msgspec.structs.replace(PLANNED, phase=Phase.SUCCEEDED)
    found = active([_execution("demo-3"), _execution("demo-1", ended), _execution("demo-2")])
    assert found is not None
    assert found.metadata.name == "demo-2"
